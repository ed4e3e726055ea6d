"""Response: one response as it arrives, head first, then the body by its framing.

    bytes ──feed──▶ interims, head, body        end ──▶ complete, or cut short

The head is collected, parsed in one go (llhttp, strict) and judged by the gate.
What follows is counted here, but for chunks, which llhttp takes apart. Pure:
`upstream.connection` brings the bytes and knows how the connection ended.
"""

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from sidecar.errors import ResponseInvalid
from sidecar.semantics.fields import members
from sidecar.semantics.message import Fields, ResponseHead
from sidecar.units import Bytes
from sidecar.upstream.gate import LONGEST_HEAD, inspect

MOST_INTERIMS = 16
MOST_TRAILERS = 32
# What a chunked body may spend on extensions and trailers, beyond 16 digits and
# two line ends for each chunk.
CHUNK_OVERHEAD: Bytes = 16 * 1024
CHUNK_FRAME: Bytes = 20

_START = b"HTTP/1."
_END = b"\r\n\r\n"
_CONTINUE, _SWITCHING, _OK = 100, 101, 200
_LINE_END = b"\r\n"


class Response:
    """`interims` are those that nobody was told of yet, 100 left out.

    `tail` is what came behind a 101: no longer HTTP. `surplus` says that more
    arrived than the response was.
    """

    __slots__ = (
        "_chunks",
        "_fed",
        "_fields",
        "_interim_count",
        "_last_bytes",
        "_method",
        "_parser",
        "_parts",
        "_raw",
        "_reason",
        "_remaining",
        "_unpacked",
        "_upgrade",
        "buffered",
        "complete",
        "head",
        "interims",
        "started",
        "surplus",
        "tail",
    )

    def __init__(self, method: bytes, *, upgrade: bool = False) -> None:
        self._method = method
        self._upgrade = upgrade
        self._raw: bytearray | None = None
        self._interim_count = 0
        self._parser: HttpResponseParser | None = None
        self._remaining: Bytes | None = None
        self._parts: list[bytes] = []
        self.buffered: Bytes = 0
        self.started = False
        self.head: ResponseHead | None = None
        self.interims: list[ResponseHead] = []
        self.complete = False
        self.surplus = False
        self.tail = b""

    @property
    def keep_alive(self) -> bool:
        """Whether the connection outlives this response (RFC 9112 §9.3)."""
        head = self.head
        if head is None or not self.complete or self.surplus:
            return False
        if head.until_close or head.status == _SWITCHING:
            return False
        options = head.values.get(b"connection")
        if options is None:
            return head.minor > 0
        tokens = members(options.lower())
        return b"close" not in tokens and (head.minor > 0 or b"keep-alive" in tokens)

    def feed(self, data: bytes | memoryview) -> None:
        """Read what arrived; `data` may be overwritten afterwards.

        Raises:
            ResponseInvalid
        """
        self.started = True
        if self.head is None:
            data = self._heads(data)
            if not data:
                return
        self._body(data)

    def end(self) -> bool:
        """The upstream closed in good order; whether the response is whole."""
        if self.head is not None and self.head.until_close:
            self.complete = True
        return self.complete

    def take(self) -> bytes:
        """The body bytes that are here."""
        parts = self._parts
        if not parts:
            return b""
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self.buffered = 0
        return data

    def drop(self) -> None:
        """Let go of the parser: it refers to us, and only that keeps both alive."""
        self._parser = None

    def _heads(self, data: bytes | memoryview) -> bytes | bytearray:
        """Read heads up to the final one; what is left behind it."""
        raw: bytes | bytearray
        if self._raw is None:
            raw, begin = bytes(data), 0
        else:
            begin = max(0, len(self._raw) - len(_END) + 1)
            self._raw += data
            raw = self._raw
        while (end := raw.find(_END, begin)) >= 0:
            end += len(_END)
            if end > LONGEST_HEAD:
                raise ResponseInvalid("head too large")
            self._read_head(bytes(raw[:end]))
            raw, begin = raw[end:], 0
            if self.head is not None:
                self._raw = None
                return raw
        self._check_beginning(raw, begin)
        self._raw = bytearray(raw)
        return b""

    def _check_beginning(self, raw: bytes | bytearray, begin: int) -> None:
        """Refuse at once what can never become a head, and would only time out."""
        if len(raw) > LONGEST_HEAD:
            raise ResponseInvalid("head too large")
        if not raw.startswith(_START[: len(raw)]):
            raise ResponseInvalid("not HTTP")
        if raw.startswith(b"\n", begin):
            begin += 1
        if raw.count(b"\n", begin) != raw.count(b"\r\n", begin):
            raise ResponseInvalid("bare LF")

    def _read_head(self, raw: bytes) -> None:
        if not raw.startswith(_START):
            raise ResponseInvalid("not HTTP")
        self._reason = b""
        self._fields: Fields = []
        parser = HttpResponseParser(self)
        try:
            parser.feed_data(raw)
        except HttpParserUpgrade:
            pass  # a 101: whether it was asked for is seen below
        except HttpParserError as error:
            raise ResponseInvalid(str(error)) from None
        head = inspect(
            parser.get_status_code(),
            self._reason,
            parser.get_http_version(),
            self._fields,
            method=self._method,
        )
        if isinstance(head, ResponseInvalid):
            raise head
        if head.status < _OK:
            self._interim(head)
        else:
            self._begin(head, parser)

    def _interim(self, head: ResponseHead) -> None:
        self._interim_count += 1
        if self._interim_count > MOST_INTERIMS:
            raise ResponseInvalid("too many interim responses")
        if head.status == _SWITCHING:
            if not self._upgrade:
                raise ResponseInvalid("switched protocols unasked")
            self.head = head
            self.complete = True
        elif head.status != _CONTINUE:
            self.interims.append(head)

    def _begin(self, head: ResponseHead, parser: HttpResponseParser) -> None:
        self.head = head
        if head.bodiless or head.content_length == 0:
            self.complete = True
        elif head.chunked:
            self._parser = parser
            self._fields = []
            self._fed = self._unpacked = self._chunks = 0
            self._last_bytes = b""
        else:
            self._remaining = head.content_length

    def _body(self, data: bytes | bytearray | memoryview) -> None:
        if self.complete:
            self._extra(data)
        elif self._parser is not None:
            self._unpack(self._parser, data)
        elif self._remaining is None:
            self._keep(bytes(data))
        else:
            if len(data) > self._remaining:
                self.surplus = True
                data = data[: self._remaining]
            self._remaining -= len(data)
            self._keep(bytes(data))
            self.complete = self._remaining == 0

    def _keep(self, data: bytes) -> None:
        self._parts.append(data)
        self.buffered += len(data)

    def _extra(self, data: bytes | bytearray | memoryview) -> None:
        if self.head is not None and self.head.status == _SWITCHING:
            self.tail += data
            self.buffered += len(data)
        else:
            self.surplus = True

    def _unpack(self, parser: HttpResponseParser, data: bytes | memoryview) -> None:
        self._fed += len(data)
        self._last_bytes = (self._last_bytes + bytes(data[-5:]))[-5:]
        try:
            parser.feed_data(data)
        except HttpParserError as error:
            # What follows a whole response is no part of it.
            if not self.complete:
                raise ResponseInvalid(str(error)) from None
            self.surplus = True
        spent = self._fed - self._unpacked - CHUNK_FRAME * self._chunks
        if spent > CHUNK_OVERHEAD and not self.complete:
            raise ResponseInvalid("chunk extensions or trailers too large")
        if self.complete:
            # llhttp skips line ends between messages without a word.
            last = self._last_bytes
            if not last.endswith(_END) or last[0] in _LINE_END:
                self.surplus = True
            self._parser = None

    def on_message_begin(self) -> None:
        if self.complete:
            self.surplus = True

    def on_status(self, reason: bytes) -> None:
        self._reason += reason

    def on_header(self, name: bytes, value: bytes) -> None:
        if self.complete:
            return
        self._fields.append((name, value))
        if self.head is not None and len(self._fields) > MOST_TRAILERS:
            raise ResponseInvalid("too many trailers")

    def on_chunk_header(self) -> None:
        self._chunks += 1

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self._unpacked += len(data)
            self._keep(data)

    def on_message_complete(self) -> None:
        if self.head is not None:
            self.complete = True
