"""Strict: HTTP/1.1 as the RFC allows it and nothing more, on top of h11.

The independent parser of both oracles. h11 forgives bare LF, folded fields,
control bytes and Content-Length beside Transfer-Encoding; `check_head` does
not (RFC 9112 §2.2, §5, §6).
"""

import re
import zlib
from dataclasses import dataclass, field
from functools import lru_cache

import h11

Fields = list[tuple[bytes, bytes]]

KEPT = 1 << 20
"""Of a body about this much is kept; size and checksum are of all of it."""

_LIMIT = 1 << 21
_NAME = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_VALUE = re.compile(rb"[\t\x20-\x7e\x80-\xff]*")
_START = re.compile(
    rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+ [\x21-\x7e\x80-\xff]+ HTTP/1\.[01]"
    rb"|HTTP/1\.[01] [1-9][0-9][0-9] [\t\x20-\x7e\x80-\xff]*"
)


class Malformed(Exception):
    """These bytes are not a strict HTTP/1.1 message."""


@dataclass(slots=True)
class Message:
    """What a request and a response have in common."""

    fields: Fields = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    size: int = 0
    crc: int = 0
    trailers: Fields = field(default_factory=list)
    version: bytes = b"1.1"

    def all(self, name: bytes) -> list[bytes]:
        name = name.lower()
        return [value for key, value in self.fields if key.lower() == name]

    def one(self, name: bytes) -> bytes | None:
        """The field's only value; None without it. More than one is a failure."""
        values = self.all(name)
        assert len(values) <= 1, (name, values)
        return values[0] if values else None

    def add(self, data: bytes) -> None:
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        if len(self.body) < KEPT:
            self.body += data


@dataclass(slots=True)
class Request(Message):
    method: bytes = b""
    target: bytes = b""


@dataclass(slots=True)
class Response(Message):
    status: int = 0
    reason: bytes = b""
    interim: list[int] = field(default_factory=list)


def check_head(head: bytes) -> Fields:
    """The fields of a head (up to and with its empty line), original case.

    Raises:
        Malformed: on anything a careful recipient may refuse.
    """
    lines = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    if not _START.fullmatch(lines[0]):
        raise Malformed(f"start line {lines[0][:80]!r}")
    fields = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if not colon or not _NAME.fullmatch(name):
            raise Malformed(f"field name in {line[:80]!r}")
        if not _VALUE.fullmatch(value):
            raise Malformed(f"field value in {line[:80]!r}")
        fields.append((name, value.strip(b" \t")))
    lower = [(name.lower(), value) for name, value in fields]
    lengths = [value for name, value in lower if name == b"content-length"]
    codings = [value for name, value in lower if name == b"transfer-encoding"]
    if len(lengths) + len(codings) > 1:
        raise Malformed("framing stated twice")
    if lengths and not re.fullmatch(rb"0|[1-9][0-9]*", lengths[0]):
        raise Malformed(f"Content-Length {lengths[0]!r}")
    if codings and codings[0].lower() != b"chunked":
        raise Malformed(f"Transfer-Encoding {codings[0]!r}")
    return fields


class Requests:
    """An incremental strict parser of one connection's requests."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._h11: h11.Connection | None = None
        self.current: Request | None = None
        self.raw = bytearray()

    @property
    def pending(self) -> bytes:
        """The bytes of a request that is not complete."""
        return bytes(self.raw)

    def feed(self, data: bytes) -> "list[tuple[str, Request]]":
        """What these bytes complete: ("head", request), ("end", request).

        Raises:
            Malformed: and the connection is of no more use.
        """
        events: list[tuple[str, Request]] = []
        while data:
            if self._h11 is None:
                data = self._feed_head(data, events)
            if self._h11 is not None:
                data = self._feed_body(data, events)
        return events

    def _feed_head(self, data: bytes, events: "list[tuple[str, Request]]") -> bytes:
        self._head += data
        end = self._head.find(b"\r\n\r\n")
        if end < 0:
            self.raw = bytearray(self._head[:KEPT])
            if re.search(rb"(?<!\r)\n|\r(?=[^\n])", self._head):
                raise Malformed("bare CR or LF in a head")
            if len(self._head) > _LIMIT:
                raise Malformed("endless head")
            return b""
        head, rest = bytes(self._head[: end + 4]), bytes(self._head[end + 4 :])
        self._head.clear()
        self.raw = bytearray(head)
        fields = check_head(head)
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=_LIMIT)
        try:
            self._h11.receive_data(head)
            event = self._h11.next_event()
        except h11.RemoteProtocolError as error:
            raise Malformed(str(error)) from error
        if not isinstance(event, h11.Request):
            raise Malformed(f"not a request: {head[:80]!r}")
        self.current = Request(
            fields=fields,
            method=event.method,
            target=event.target,
            version=event.http_version,
        )
        events.append(("head", self.current))
        return self._feed_body(rest, events)

    def _feed_body(self, data: bytes, events: "list[tuple[str, Request]]") -> bytes:
        assert self._h11 is not None
        assert self.current is not None
        if len(self.raw) < KEPT:
            self.raw += data
        try:
            if data:
                self._h11.receive_data(data)
            while (event := self._h11.next_event()) is not h11.NEED_DATA:
                if isinstance(event, h11.Data):
                    self.current.add(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self.current.trailers = list(event.headers)
                    rest = self._h11.trailing_data[0]
                    events.append(("end", self.current))
                    self._h11 = None
                    if rest:
                        del self.raw[-len(rest) :]
                    self.finished, self.raw = bytes(self.raw), bytearray()
                    return rest
        except h11.RemoteProtocolError as error:
            raise Malformed(str(error)) from error
        return b""

    finished: bytes = b""
    """The bytes of the request that ended last."""


@dataclass(slots=True)
class Responses:
    """The complete responses of one connection, and what follows them.

    `wrong` says what is wrong with the bytes after the last complete one:
    "incomplete" where it is only cut.
    """

    methods: tuple[bytes, ...]
    alike: bool = False
    """Identifiers read as zeros, so that responses equal but for them are parsed once."""
    done: list[Response] = field(default_factory=list)
    wrong: str | None = None
    _rest: bytes = b""

    @property
    def rest(self) -> bytes:
        """What is of no complete response."""
        return self._rest

    def feed(self, data: bytes, *, closed: bool) -> None:
        """`closed`: the connection ended cleanly, which may complete a response."""
        self._rest += _IDENTIFIER.sub(_zeros, data) if self.alike else data
        self.wrong = None
        while self._rest and self.wrong is None:
            if len(self.done) == len(self.methods):
                self.wrong = f"unasked bytes {self._rest[:60]!r}"
                return
            try:
                method = self.methods[len(self.done)]
                parse = _known if len(self._rest) < _SMALL else _response
                response, rest = parse(self._rest, method, closed=closed)
            except Malformed as error:
                self.wrong = str(error)
                return
            if response is None:
                self.wrong = "incomplete"
            else:
                self.done.append(response)
                self._rest = rest


def _response(
    raw: bytes, method: bytes, *, closed: bool
) -> tuple[Response | None, bytes]:
    """The first final response of `raw`, if complete, and the bytes after it."""
    parser = h11.Connection(h11.CLIENT, max_incomplete_event_size=_LIMIT)
    parser.send(h11.Request(method=method, target="/", headers=[("Host", "t")]))
    parser.send(h11.EndOfMessage())
    response = Response()
    unread = raw
    try:
        parser.receive_data(raw)
        if closed:
            parser.receive_data(b"")
        while True:
            event = parser.next_event()
            if isinstance(event, h11.InformationalResponse | h11.Response):
                head, ends, unread = unread.partition(b"\r\n\r\n")
                _take_head(response, event, head + ends)
                if response.status == 101:
                    return response, b""
            elif isinstance(event, h11.Data):
                response.add(event.data)
            elif isinstance(event, h11.EndOfMessage):
                response.trailers = list(event.headers)
                return response, parser.trailing_data[0]
            else:
                return None, b""
    except h11.RemoteProtocolError as error:
        if closed and _CUT.search(str(error)):
            return None, b""
        raise Malformed(str(error)) from error


_IDENTIFIER = re.compile(rb"\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b")


def _zeros(found: re.Match[bytes]) -> bytes:
    return b"0" * len(found[0])


_CUT = re.compile(
    "peer (?:unexpectedly )?closed connection|incomplete|event type ConnectionClosed"
)
"""How h11 says that a message ended early, or never came behind an interim one."""

_SMALL = 4096
_known = lru_cache(maxsize=4096)(_response)


def _take_head(
    response: Response, event: h11.InformationalResponse | h11.Response, head: bytes
) -> None:
    fields = check_head(head)
    response.version = event.http_version
    if event.status_code < 200:
        response.interim.append(event.status_code)
    if event.status_code >= 200 or event.status_code == 101:
        response.fields = fields
        response.status = event.status_code
        response.reason = event.reason
