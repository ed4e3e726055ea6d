"""Response: one response as it arrives, head first, then the body by its framing.

    bytes ──feed──▶ interims, head, body        end ──▶ complete, or cut short

Pure: `upstream.connection` brings the bytes and knows how the connection ended.
"""

from typing import Final, TypeAlias

from sidecar.errors import ResponseInvalid
from sidecar.semantics.chunked import Chunked
from sidecar.semantics.fields import members
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes
from sidecar.upstream.gate import LONGEST_HEAD
from sidecar.upstream.head import check_beginning, read_head
from sidecar.upstream.vessel import Vessel

# More than any real server sends; beyond it somebody wants us to be busy.
MOST_INTERIMS: Final = 16
SMALL_PART: Final[Bytes] = 4096

_END: Final = b"\r\n\r\n"
_SWITCHING: Final = 101
_OK: Final = 200

Data: TypeAlias = bytes | bytearray | memoryview


class Response:
    """`interims` are those that nobody was told of yet, without 100.

    `buffered` counts what nobody took yet. `tail` is what came behind a 101 and
    is no longer HTTP. `surplus`: more arrived than the response was. `vessel`: where
    the body is gathered until all of it is here, if somebody waits for that.
    """

    __slots__ = (
        "_chunked",
        "_interim_count",
        "_method",
        "_parts",
        "_raw",
        "_remaining",
        "_upgrade",
        "buffered",
        "complete",
        "head",
        "interims",
        "started",
        "surplus",
        "tail",
        "vessel",
    )

    def __init__(self, method: bytes, *, upgrade: bool = False) -> None:
        self._method = method
        self._upgrade = upgrade
        self._raw: bytearray | None = None
        self._interim_count = 0
        self._chunked: Chunked | None = None
        self._remaining: Bytes | None = None
        self._parts: list[bytes] = []
        self.buffered: Bytes = 0
        self.started = False
        self.head: ResponseHead | None = None
        self.interims: list[ResponseHead] = []
        self.complete = False
        self.surplus = False
        self.tail = b""
        self.vessel: Vessel | None = None

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
        if options == b"keep-alive":
            return True
        tokens = members(options.lower())
        return b"close" not in tokens and (head.minor > 0 or b"keep-alive" in tokens)

    def feed(self, data: Data) -> None:
        """Read what arrived; `data` may be overwritten afterwards.

        Raises:
            ResponseInvalid
        """
        if not self.started:
            self.started = True
            data = self._read_first(bytes(data))
        if self.head is None and data:
            data = self._read_heads(data)
        if data:
            self._read_body(data)

    def end(self) -> None:
        """The upstream ended the connection in good order."""
        if self.head is not None and self.head.until_close:
            self.complete = True

    def gather(self) -> None:
        """Let nothing be taken until all is here; for a body of known length."""
        if self._remaining and self.vessel is None:
            self.vessel = Vessel(self.buffered + self._remaining, self._parts)
            self._parts.clear()

    def gathered(self, vessel: Vessel, size: Bytes) -> None:
        """So much was received into the vessel."""
        self.buffered += size
        self._remaining = vessel.received(size)
        self.complete = not self._remaining

    def spill(self) -> None:
        """Let what was gathered be taken, all or not."""
        vessel, self.vessel = self.vessel, None
        if vessel is not None:
            self._parts.append(vessel.empty())

    def take(self) -> bytes:
        """The body bytes that are here."""
        if self.complete and self.vessel is not None:
            self.spill()
        parts = self._parts
        if not parts:
            return b""
        data = parts[0] if len(parts) == 1 else b"".join(parts)
        parts.clear()
        self.buffered = 0
        return data

    def take_tail(self) -> bytes:
        """What came behind a 101."""
        tail, self.tail, self.buffered = self.tail, b"", 0
        return tail

    def _read_first(self, raw: bytes) -> bytes:
        """Read the first head, and all of its body if that came along; the rest.

        Nearly every response is read by this alone.
        """
        end = raw.find(_END) + len(_END)
        if end < len(_END):
            return raw
        self._read_head(raw[:end])
        head, rest = self.head, raw[end:]
        if (
            head is None
            or not rest
            or self.complete
            or len(rest) != head.content_length
        ):
            return rest
        self._parts.append(rest)
        self.buffered = len(rest)
        self.complete = True
        return b""

    def _read_heads(self, data: Data) -> Data:
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
            self._read_head(bytes(raw[:end]))
            raw, begin = raw[end:], 0
            if self.head is not None:
                self._raw = None
                return raw
        check_beginning(raw, begin)
        self._raw = raw if isinstance(raw, bytearray) else bytearray(raw)
        return b""

    def _read_head(self, raw: bytes) -> None:
        if len(raw) > LONGEST_HEAD:
            raise ResponseInvalid("head too large")
        head = read_head(raw, self._method)
        if head.status < _OK:
            self._interim(head)
            return
        self._expect(head)

    def _expect(self, head: ResponseHead) -> None:
        """The final head is known, and with it where the body ends."""
        self.head = head
        if head.bodiless or head.content_length == 0:
            self.complete = True
        elif head.chunked:
            self._chunked = Chunked()
        else:
            self._remaining = head.content_length

    def _interim(self, head: ResponseHead) -> None:
        self._interim_count += 1
        if self._interim_count > MOST_INTERIMS:
            raise ResponseInvalid("too many interim responses")
        if head.status == _SWITCHING:
            if not self._upgrade:
                raise ResponseInvalid("switched protocols unasked")
            self.head = head
            self.complete = True
        elif head.status != 100:  # noqa: PLR2004 (Continue)
            self.interims.append(head)

    def _read_body(self, data: Data) -> None:
        if self.complete:
            self._read_behind(data)
        elif self._chunked is not None:
            self._keep(self._chunked.feed(bytes(data)))
            if self._chunked.flaw is not None:
                raise ResponseInvalid(self._chunked.flaw)
            self.complete = self._chunked.complete
            self.surplus = bool(self._chunked.rest)
        elif self._remaining is None:
            self._keep(bytes(data))
        else:
            if len(data) > self._remaining:
                self.surplus = True
                data = data[: self._remaining]
            self._remaining -= len(data)
            self._keep(bytes(data))
            self.complete = not self._remaining

    def _keep(self, data: bytes) -> None:
        self.buffered += len(data)
        # Joined while small: many one-byte pieces cost far more than `buffered` says.
        if self.vessel is not None:
            self.vessel.pour(data)
        elif self._parts and len(self._parts[-1]) < SMALL_PART:
            self._parts[-1] += data
        elif data:
            self._parts.append(data)

    def _read_behind(self, data: Data) -> None:
        if self.head is not None and self.head.status == _SWITCHING:
            self.tail += bytes(data)
            self.buffered += len(data)
        else:
            self.surplus = True
