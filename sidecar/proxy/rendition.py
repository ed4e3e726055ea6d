"""Rendition: a stored response as it goes out to one kind of request, made once.

What changes from answer to answer (Age, Cache-Status, X-Request-Id, whether the
connection closes) is written behind the head, and is a few dozen bytes. What takes
long to make is made in a thread, and goes out as it is stored until then.
"""

from dataclasses import replace
from typing import Final

from sidecar.policy.edits import Edits
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.nobody import Nobody
from sidecar.proxy.rendering import KeptForm, Rendered
from sidecar.proxy.tasks import Tasks
from sidecar.proxy.understanding import known
from sidecar.semantics.accept_encoding import IDENTITY
from sidecar.semantics.entity_tags import coded, refined, uncoded
from sidecar.semantics.field_block import joined, pack, unpack
from sidecar.semantics.forwarding import status_line
from sidecar.semantics.framing import is_bodiless
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.semantics.representation import varies
from sidecar.storage.entry import Rendition, Stored
from sidecar.storage.store import Store
from sidecar.units import Bytes

# Of one response; more kinds of requests than that are told apart by what comes of
# them, of which there are fewer, or get theirs made each time.
MOST_KINDS: Final = 12
MOST_RENDITIONS: Final = 24
MOST_AT_ONCE: Final = 64
LARGEST: Final[Bytes] = 4 * 1024 * 1024
# What of a request is looked at for each answer; the rest decides its kind.
OF_EACH: Final = frozenset(
    {
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
    }
)
# RFC 9110 §15.4.5: a 304 says no more of the representation than it has to.
_OF_REPRESENTATION: Final = frozenset(
    {b"content-encoding", b"content-language", b"content-range", b"content-type"}
)
_CODED: Final = b"content-encoding:"
_NOT_MODIFIED: Final = status_line(304, b"") + b"\r\n"


class StoredForms:
    """Encoded forms of a stored body, as `proxy.rendering` wants them kept."""

    def __init__(self, entry: Stored, largest: Bytes) -> None:
        """`largest`: what is kept of a body without its coding, of any size else."""
        self._kept = entry.codings
        self._largest = largest

    def put(self, coding: bytes, content: bytes) -> None:
        if coding != IDENTITY or len(content) <= self._largest:
            self._kept[coding] = content

    def get(self, coding: bytes) -> KeptForm | None:
        for form in (refined(coding), coding):
            if (content := self._kept.get(form)) is not None:
                return form, content
        return None


class Renditions:
    """Of a route with these edits.

    `name`: of all that decides how they come out, for what is stored outlives it.
    `largest`: of the bodies that are stored.
    """

    def __init__(
        self, edits: Edits, store: Store, name: bytes = b"", largest: Bytes = LARGEST
    ) -> None:
        self._largest = largest
        self._edits = edits
        self._store = store
        self._name = name
        self._making = Tasks(MOST_AT_ONCE)

    def of(self, exchange: Exchange, entry: Stored, key: bytes) -> Rendition | None:
        """The entry's rendition for requests like this; None: each has its own."""
        kind = exchange.served_by.rendering.kind(exchange)
        if kind is None:
            return None
        kind += self._name
        made = entry.renditions.get(kind)
        if made is not None:
            return made
        if len(entry.renditions) >= MOST_KINDS:
            if _CODED in entry.lines.lower():
                return None  # what comes of it depends on that coding, too
            kind = exchange.served_by.rendering.outcome(exchange) + self._name
            made = entry.renditions.get(kind)
            if made is not None or len(entry.renditions) >= MOST_RENDITIONS:
                return made
        made = self._made(exchange, entry, key, kind)
        if made is not None:
            entry.renditions[kind] = made
            self._grown(key, entry)
        return made

    def base(
        self, exchange: Exchange, entry: Stored
    ) -> tuple[ResponseHead, bytes, StoredForms]:
        """What to make a response of, and what was made of it for others."""
        head, forms = stored_head(entry), StoredForms(entry, self._largest)
        take_for_plain(exchange, head)
        if not exchange.served_by.rendering.undoes_codings:
            return head, entry.body, forms
        return *known(exchange.said, head, entry.body, forms), forms

    async def later(self, exchange: Exchange, entry: Stored, key: bytes) -> Rendered:
        """What takes time, for one request; what others can use of it is kept."""
        before = len(entry.codings)
        rendering = exchange.served_by.rendering
        rendered = await rendering.whole_later(exchange, *self.base(exchange, entry))
        if len(entry.codings) != before:
            self._grown(key, entry)
        return rendered

    def _made(
        self, exchange: Exchange, entry: Stored, key: bytes, kind: bytes
    ) -> Rendition | None:
        asker = _asker(exchange)
        head, content, forms = self.base(asker, entry)
        rendering = exchange.served_by.rendering
        if rendering.takes_time(asker, head, len(content)):
            if b"content-encoding" in head.values:
                # To be undone: the client cannot read it as it is stored, and what
                # comes of it may be of any size.
                return None
            self._making.start(self._make(asker, entry, key, kind))
            return self._rendition(head, content)
        return self._rendition(*rendering.whole(asker, head, content, forms))

    async def _make(
        self, asker: Exchange, entry: Stored, key: bytes, kind: bytes
    ) -> None:
        rendering = asker.served_by.rendering
        rendered = await rendering.whole_later(asker, *self.base(asker, entry))
        entry.renditions[kind] = self._rendition(*rendered)
        self._grown(key, entry)

    def _grown(self, key: bytes, entry: Stored) -> None:
        """What is stored takes more room now; what is not, is not for others."""
        if self._store.get(key) is entry:
            self._store.put(key, entry)

    def _rendition(self, head: ResponseHead, content: bytes) -> Rendition:
        block = self.block(head.fields)
        framing = b"" if head.bodiless else b"Content-Length: %d\r\n" % len(content)
        return Rendition(
            head=b"%b\r\n%b%b" % (status_line(head.status, b""), block, framing),
            not_modified=_NOT_MODIFIED + pack(of_not_modified(unpack(block))),
            etag=joined(head.fields).get(b"etag", b""),
            content=content,
        )

    def block(self, fields: Fields) -> bytes:
        """The fields with the route's edits, as they are sent."""
        edits = self._edits
        if not edits.names:
            return pack(fields)
        kept = [pair for pair in fields if pair[0].lower() not in edits.names]
        return pack([*kept, *edits.fields])


def refine(entry: Stored, coding: bytes, content: bytes) -> None:
    """Replace what `coding` made of it, wherever that goes out, by what is better.

    The other form of the coding has another tag: it is other bytes (RFC 9110 §8.8.1).
    """
    codings = entry.codings
    form, before = refined(coding), codings[coding]
    codings[form] = content
    del codings[coding]
    for kind, made in entry.renditions.items():
        if made.content is before:
            entry.renditions[kind] = _refined(made, coding, form, content)


def _refined(made: Rendition, coding: bytes, form: bytes, content: bytes) -> Rendition:
    etag = coded(uncoded(made.etag, (coding,)), form)
    old, new = b"\r\nETag: %b\r\n" % made.etag, b"\r\nETag: %b\r\n" % etag
    framing = b"Content-Length: %d\r\n"
    head = made.head.removesuffix(framing % len(made.content))
    return Rendition(
        head=head.replace(old, new) + framing % len(content),
        not_modified=made.not_modified.replace(old, new),
        etag=etag,
        content=content,
    )


def stored_head(entry: Stored) -> ResponseHead:
    fields = unpack(entry.lines)
    return ResponseHead(
        entry.status,
        b"",
        1,
        fields,
        joined(fields),
        content_length=len(entry.body),
        bodiless=is_bodiless(entry.status, b"GET"),
    )


def take_for_plain(exchange: Exchange, head: ResponseHead) -> None:
    """Let who said nothing of codings have none, where the origin looks at that.

    It was asked by somebody else, who said another thing (RFC 9111 §4.1).
    """
    if (
        b"content-encoding" in head.values
        and b"accept-encoding" not in exchange.said
        and varies(head, b"accept-encoding")
    ):
        exchange.said = {**exchange.said, b"accept-encoding": b""}


def of_not_modified(fields: Fields) -> Fields:
    """What a 304 says of them; Last-Modified only without a tag (RFC 9110 §15.4.5)."""
    gone = _OF_REPRESENTATION
    if any(name.lower() == b"etag" for name, _ in fields):
        gone |= {b"last-modified"}
    return [field for field in fields if field[0].lower() not in gone]


def _asker(exchange: Exchange) -> Exchange:
    """One who asks for all of it, and has nothing yet."""
    request, downstream = exchange.request, exchange.downstream
    one = Exchange(
        replace(request, method=b"GET"),
        Nobody(downstream.peer, downstream.scheme),
        exchange.served_by,
        exchange.started,
    )
    one.said = {
        name: value for name, value in exchange.said.items() if name not in OF_EACH
    }
    return one
