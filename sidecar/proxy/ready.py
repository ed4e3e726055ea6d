"""Ready: writes a stored response as the answer to one request.

The head was made once (`proxy.rendition`); Age, Cache-Status and X-Request-Id
are written behind it. A client that has the response already gets a 304.
"""

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import Ready
from sidecar.proxy.rendition import rendition
from sidecar.semantics.cache_status import CACHE, hit
from sidecar.semantics.fields import members
from sidecar.semantics.http_date import parse
from sidecar.storage.entry import Rendition, Stored
from sidecar.units import Instant, Seconds

_HIT = (
    b"%%bAge: %%d\r\nCache-Status: %b; hit; ttl=%%d\r\nX-Request-Id: %%b\r\n%%b" % CACHE
)
_NOT_MODIFIED = 304
_OK = 200


class Writer:
    """Of one route: with its edits, and Cache-Status where it is wanted."""

    def __init__(self, edits: Edits, *, debug: bool = True) -> None:
        self._edits = edits
        # Another configuration makes other heads of what is stored.
        self._name = b"" if edits == NO_EDITS else repr(edits).encode()
        self._debug = debug and b"cache-status" not in edits.names
        self._plain = self._debug and edits.names.isdisjoint({b"age", b"x-request-id"})

    def hit(
        self, exchange: Exchange, entry: Stored, left: Seconds, now: Instant
    ) -> Ready:
        """A fresh one, or one that is stale by `-left` seconds."""
        if not self._plain:
            return self.answer(exchange, entry, hit(left), now)
        made = entry.renditions.get(self._name) or self._made(entry)
        entry.hits += 1
        status, head, content = _chosen(exchange, entry, made)
        age = max(0.0, now - entry.born)
        return Ready(
            status, _HIT % (head, age, left, exchange.id, exchange.extra), content
        )

    def answer(
        self, exchange: Exchange, entry: Stored, note: bytes, now: Instant
    ) -> Ready:
        """With `note` as Cache-Status."""
        made = entry.renditions.get(self._name) or self._made(entry)
        entry.hits += 1
        status, head, content = _chosen(exchange, entry, made)
        names = self._edits.names
        lines = [head]
        if b"age" not in names:
            lines.append(b"Age: %d\r\n" % max(0.0, now - entry.born))
        if self._debug and note:
            lines.append(b"Cache-Status: %b\r\n" % note)
        if b"x-request-id" not in names:
            lines.append(b"X-Request-Id: %b\r\n" % exchange.id)
        lines.append(exchange.extra)
        return Ready(status, b"".join(lines), content)

    def note(self, exchange: Exchange, note: bytes) -> None:
        """Cache-Status of an answer that is forwarded."""
        if self._debug:
            exchange.cache_status = b"Cache-Status: %b\r\n" % note

    def _made(self, entry: Stored) -> Rendition:
        made = entry.renditions[self._name] = rendition(entry, self._edits)
        return made


def _chosen(
    exchange: Exchange, entry: Stored, made: Rendition
) -> tuple[int, bytes, bytes]:
    """Status, head and content: of the response, of its head, or that it is known."""
    request = exchange.request
    values = request.values
    if (
        (b"if-none-match" in values or b"if-modified-since" in values)
        and entry.status == _OK
        and _is_known(values, entry, made)
    ):
        return _NOT_MODIFIED, made.not_modified, b""
    content = made.content if request.method == b"GET" else b""
    return entry.status, made.head, content


def _is_known(values: dict[bytes, bytes], entry: Stored, made: Rendition) -> bool:
    """RFC 9110 §13.1.2, §13.1.3: If-Modified-Since only without If-None-Match."""
    tags = values.get(b"if-none-match")
    if tags is not None:
        if tags == b"*":
            return True
        etag = made.etag.removeprefix(b"W/")
        return bool(etag) and any(
            tag.removeprefix(b"W/") == etag for tag in members(tags)
        )
    since = parse(values[b"if-modified-since"])
    if since is None:
        return False
    modified = parse(entry.last_modified)
    # Without Last-Modified, what was made before that date was not modified since.
    return (entry.generated if modified is None else modified) <= since
