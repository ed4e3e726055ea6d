"""Chunked: takes a chunked body apart, strictly (RFC 9112 §7.1). Pure.

    SIZE ─▶ DATA ─▶ END_OF_DATA ─▶ SIZE …      SIZE (0) ─▶ TRAILER ─▶ complete

Where a chunk ends is where the next message begins, so nothing is read leniently:
sizes are hex digits alone, lines end with CRLF, and what can no longer become
right is refused before its line is whole. Extensions and trailers are dropped.
"""

import re
from enum import Enum, auto

from sidecar.semantics.fields import TCHAR
from sidecar.units import Bytes

# What a body may spend on extensions, beyond the longest size and two line ends
# for each chunk.
OVERHEAD: Bytes = 16 * 1024
FRAME: Bytes = 20
MOST_TRAILERS = 32
TRAILERS: Bytes = 8 * 1024
LONGEST_CHUNK: Bytes = 2**63 - 1

_TEXT = rb"[\t\x20-\x7e\x80-\xff]"
_TOKEN = b"[" + re.escape(TCHAR) + b"]"
_QUOTED = rb'"(?:[^"\\\x00-\x08\x0a-\x1f\x7f]|\\%b)*+"' % _TEXT
_EXTENSIONS = rb"(?:;%b++(?:=(?:%b++|%b))?)*+" % (_TOKEN, _TOKEN, _QUOTED)
# Framing must not come when the body is over (RFC 9110 §6.5.1).
_FRAMING = (b"content-length", b"transfer-encoding")


class _Line(Enum):
    """A kind of line; whether one is whole and right, or may still become so."""

    SIZE = auto()
    END_OF_DATA = auto()
    TRAILER = auto()


_WHOLE = {
    _Line.SIZE: re.compile(rb"([0-9A-Fa-f]{1,16})%b\r\n" % _EXTENSIONS),
    _Line.END_OF_DATA: re.compile(rb"\r\n"),
    _Line.TRAILER: re.compile(rb"(?:%b+:%b*+)?\r\n" % (_TOKEN, _TEXT)),
}
_BEGUN = {
    _Line.SIZE: re.compile(
        rb"[0-9A-Fa-f]{0,16}|[0-9A-Fa-f]{1,16}(?:;%b*+)?\r?" % _TEXT
    ),
    _Line.END_OF_DATA: re.compile(rb"\r?"),
    _Line.TRAILER: re.compile(rb"%b*|(?:%b+:%b*+)?\r?" % (_TOKEN, _TOKEN, _TEXT)),
}


class Chunked:
    """`flaw`: why the rest cannot be read; `rest`: what came behind the last chunk."""

    __slots__ = (
        "_chunks",
        "_expected",
        "_left",
        "_line",
        "_overhead",
        "_trailers",
        "complete",
        "flaw",
        "rest",
    )

    def __init__(self) -> None:
        self._expected = _Line.SIZE
        self._left: Bytes = 0
        """Of the chunk whose data is arriving."""
        self._line = b""
        self._chunks = self._overhead = self._trailers = 0
        self.complete = False
        self.flaw: str | None = None
        self.rest = b""

    def feed(self, data: bytes) -> bytes:
        """Return the part of the body in `data`."""
        parts = []
        at, end = 0, len(data)
        while at < end and not self.complete and self.flaw is None:
            if self._left:
                part = data[at : at + self._left]
                parts.append(part)
                at += len(part)
                self._left -= len(part)
            else:
                line_end = data.find(b"\n", at) + 1 or end
                self._read(data[at:line_end])
                at = line_end
        if self.complete and at < end:
            self.rest += data[at:]
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def _read(self, piece: bytes) -> None:
        """Read a line, or what there is of it."""
        line = self._line + piece if self._line else piece
        self._overhead += len(piece)
        if self._is_excessive():
            self.flaw = "chunk extensions or trailers too large"
        elif match := _WHOLE[self._expected].fullmatch(line):
            self._line = b""
            self._end_line(match)
        elif _BEGUN[self._expected].fullmatch(line):
            self._line = line
        else:
            self.flaw = f"malformed chunks: {self._expected.name.lower()}"

    def _end_line(self, match: re.Match[bytes]) -> None:
        match self._expected:
            case _Line.SIZE:
                self._begin_chunk(int(match[1], 16))
            case _Line.END_OF_DATA:
                self._expected = _Line.SIZE
            case _Line.TRAILER:
                self._trailers += 1
                if match[0].partition(b":")[0].lower() in _FRAMING:
                    self.flaw = "framing in a trailer"
                self.complete = match[0] == b"\r\n"

    def _begin_chunk(self, size: Bytes) -> None:
        self._chunks += 1
        if size > LONGEST_CHUNK:
            self.flaw = "chunk too large"
        elif size:
            self._left = size
            self._expected = _Line.END_OF_DATA
        else:
            self._expected = _Line.TRAILER
            self._overhead = self._chunks = 0

    def _is_excessive(self) -> bool:
        if self._expected is _Line.TRAILER:
            return self._overhead > TRAILERS or self._trailers > MOST_TRAILERS
        return self._overhead > OVERHEAD + FRAME * (self._chunks + 1)
