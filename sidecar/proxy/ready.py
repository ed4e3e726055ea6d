"""Ready: writes a stored response as the answer to one request.

The head was made once (`proxy.rendition`); Age, Cache-Status and X-Request-Id
are written behind it. Conditions, ranges and selected fields are looked at for
each answer; a client that names the very response that it has gets a 304 at once.
"""

from collections.abc import Callable, Mapping
from math import floor
from typing import Final, TypeAlias

from sidecar.policy.edits import Edits
from sidecar.policy.refining import OFTEN
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import Later, Ready
from sidecar.proxy.rendition import LARGEST, OF_EACH, Renditions
from sidecar.semantics.cache_status import CACHE, hit
from sidecar.semantics.fields import members
from sidecar.semantics.forwarding import status_line
from sidecar.semantics.http_date import parse
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import NOT_MODIFIED
from sidecar.storage.entry import Rendition, Stored
from sidecar.storage.store import Store
from sidecar.units import Bytes, Instant, Seconds

_HIT: Final = (
    b"%%bAge: %%d\r\nCache-Status: %b; hit; ttl=%%d\r\nX-Request-Id: %%b\r\n%%b" % CACHE
)
Parts: TypeAlias = tuple[int, bytes, bytes]
"""Status, head and content."""

Popular: TypeAlias = Callable[[bytes, Stored, bytes, Seconds], None]
"""Is told the key, what is stored there, the form that goes out, and how long it is
fresh.
"""

_OFTEN: Final = OFTEN - 1
_OK: Final = 200


def nothing(_key: bytes, _entry: Stored, _content: bytes, _left: Seconds) -> None: ...


class Writer:
    """Of one route: with its edits, and Cache-Status where it is wanted."""

    def __init__(  # noqa: PLR0913 (what a route says of its answers)
        self,
        edits: Edits,
        store: Store,
        *,
        debug: bool = True,
        popular: Popular = nothing,
        name: bytes = b"",
        largest: Bytes = LARGEST,
    ) -> None:
        """`popular` is told of what is asked for often; `name`, `largest`: as of
        renditions.
        """
        self._renditions = Renditions(edits, store, name, largest)
        self._popular = popular
        self._names = edits.names
        self._debug = debug and b"cache-status" not in edits.names
        self._plain = self._debug and edits.names.isdisjoint({b"age", b"x-request-id"})

    def hit(self, exchange: Exchange, entry: Stored, key: bytes, now: Instant) -> Ready:
        """Fresh, or stale."""
        left = entry.fresh_until - now
        age = now - entry.born
        made = self._renditions.of(exchange, entry, key) if self._plain else None
        if made is None:
            return self.answer(exchange, entry, key, hit(left), age)
        # As the client said it: for the upstream its tags may have been turned back.
        request, said = exchange.request, exchange.said
        tags = said.get(b"if-none-match")
        if tags is None and OF_EACH.isdisjoint(said):
            entry.hits += 1
            if not entry.hits & _OFTEN:
                self._popular(key, entry, made.content, left)
            status, head = entry.status, made.head
            content = made.content if request.method == b"GET" else b""
        elif tags and tags == made.etag and entry.status == _OK:
            entry.hits += 1
            status, head, content = NOT_MODIFIED, made.not_modified, b""
        else:
            return self.answer(exchange, entry, key, hit(left), age)
        if age < 0:
            age = 0.0
        head = _HIT % (head, age, left, exchange.id, exchange.extra)
        return Ready(status, head, content)

    def answer(
        self,
        exchange: Exchange,
        entry: Stored,
        key: bytes,
        note: bytes,
        age: Seconds | None,
    ) -> Ready:
        """With `note` as Cache-Status.

        Without `age` the upstream has just said it, to this client first.
        """
        entry.hits += 1
        made = self._renditions.of(exchange, entry, key)
        if made is not None:
            chosen = _chosen(exchange, entry, made)
            if chosen is not None:
                return self._ready(exchange, chosen, note, age)
        head, content, forms = self._renditions.base(exchange, entry)
        rendering = exchange.served_by.rendering
        if rendering.takes_time(exchange, head, len(content)):
            return Ready(entry.status, b"", b"", later=Later(key, entry, note, age))
        rendered = rendering.whole(exchange, head, content, forms)
        return self._rendered(exchange, *rendered, note, age)

    async def made(self, exchange: Exchange, later: Later) -> Ready:
        rendered = await self._renditions.later(exchange, later.entry, later.key)
        return self._rendered(exchange, *rendered, later.note, later.age)

    def note(self, exchange: Exchange, note: bytes) -> None:
        """Cache-Status of an answer that is forwarded."""
        if self._debug:
            exchange.cache_status = b"Cache-Status: %b\r\n" % note

    def _rendered(
        self,
        exchange: Exchange,
        head: ResponseHead,
        content: bytes,
        note: bytes,
        age: Seconds | None,
    ) -> Ready:
        lines = status_line(head.status, b"") + b"\r\n"
        lines += self._renditions.block(head.fields)
        if not head.bodiless:
            lines += b"Content-Length: %d\r\n" % len(content)
        if exchange.request.method != b"GET":
            content = b""
        return self._ready(exchange, (head.status, lines, content), note, age)

    def _ready(
        self, exchange: Exchange, parts: Parts, note: bytes, age: Seconds | None
    ) -> Ready:
        status, head, content = parts
        names, lines = self._names, [head]
        if age is not None and b"age" not in names:
            lines.append(b"Age: %d\r\n" % max(0.0, age))
        if self._debug and note:
            lines.append(b"Cache-Status: %b\r\n" % note)
        if b"x-request-id" not in names:
            lines.append(b"X-Request-Id: %b\r\n" % exchange.id)
        lines.append(exchange.extra)
        return Ready(status, b"".join(lines), content)


def _chosen(exchange: Exchange, entry: Stored, made: Rendition) -> Parts | None:
    """What of it this client gets; None where it has to be rendered anew."""
    request = exchange.request
    values = exchange.said
    if b"range" in values and request.method == b"GET":
        return None
    tags = values.get(b"if-none-match")
    if entry.status == _OK:
        if tags is not None:
            if (tags and tags == made.etag) or _names(tags, made.etag):
                return NOT_MODIFIED, made.not_modified, b""
            if b"-" in tags or made.content is not entry.body:
                return None  # of another coding or of none, perhaps
        elif b"if-modified-since" in values and _is_older(values, entry):
            return NOT_MODIFIED, made.not_modified, b""
    content = made.content if request.method == b"GET" else b""
    return entry.status, made.head, content


def _names(tags: bytes, etag: bytes) -> bool:
    """RFC 9110 §13.1.2: the weak comparison."""
    if tags == b"*":
        return True
    plain = etag.removeprefix(b"W/")
    return bool(plain) and any(
        tag.removeprefix(b"W/") == plain for tag in members(tags)
    )


def _is_older(values: Mapping[bytes, bytes], entry: Stored) -> bool:
    """RFC 9110 §13.1.3; without Last-Modified by Date, whole seconds (9111 §4.3.2)."""
    since = parse(values[b"if-modified-since"])
    if since is None:
        return False
    modified = parse(entry.last_modified)
    return (floor(entry.generated) if modified is None else modified) <= since
