"""Chunked: a body in chunks, taken apart by llhttp (RFC 9112 §7.1). Pure.

llhttp is strict about sizes, line ends and extensions. It knows no bound for
extensions and trailers, and skips line ends behind the last chunk without a
word: both are seen here. Trailers are dropped.
"""

from httptools import HttpParserError, HttpResponseParser

from sidecar.errors import ResponseInvalid
from sidecar.units import Bytes

MOST_TRAILERS = 32
# What a body may spend on extensions and trailers, beyond the longest size and
# two line ends for each chunk.
OVERHEAD: Bytes = 16 * 1024
FRAME: Bytes = 20

_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
_END = b"\r\n\r\n"
_LINE_END = b"\r\n"


class Chunked:
    """`surplus`: more arrived than the body was."""

    __slots__ = (
        "_chunks",
        "_fed",
        "_last",
        "_parser",
        "_parts",
        "_trailers",
        "_unpacked",
        "complete",
        "surplus",
    )

    def __init__(self) -> None:
        self.complete = False
        self.surplus = False
        self._parts: list[bytes] = []
        self._fed = self._unpacked = self._chunks = self._trailers = 0
        self._last = b""
        self._parser: HttpResponseParser | None = HttpResponseParser(self)
        self._parser.feed_data(_HEAD)

    def feed(self, data: bytes | bytearray | memoryview) -> bytes:
        """The part of the body in `data`.

        Raises:
            ResponseInvalid
        """
        if self._parser is None:
            self.surplus |= len(data) > 0
            return b""
        self._parts = []
        self._fed += len(data)
        self._last = (self._last + bytes(data[-len(_END) - 1 :]))[-len(_END) - 1 :]
        try:
            self._parser.feed_data(data)
        except HttpParserError as error:
            # What follows a whole body is no part of it.
            if not self.complete:
                raise ResponseInvalid(str(error)) from None
            self.surplus = True
        if self.complete:
            self.close()
            self.surplus |= not self._ends_here()
        # What came behind the body is not overhead of the body.
        if not self.surplus and self._overhead() > OVERHEAD:
            raise ResponseInvalid("chunk extensions or trailers too large")
        parts = self._parts
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let go of the parser: it refers to this, so only that frees both."""
        self._parser = None

    def _overhead(self) -> Bytes:
        return self._fed - self._unpacked - FRAME * self._chunks

    def _ends_here(self) -> bool:
        return self._last.endswith(_END) and self._last[0] not in _LINE_END

    def on_message_begin(self) -> None:
        if self.complete:
            self.surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:  # noqa: ARG002
        if self._chunks and not self.complete:
            self._trailers += 1
            if self._trailers > MOST_TRAILERS:
                raise ResponseInvalid("too many trailers")

    def on_chunk_header(self) -> None:
        self._chunks += 1

    def on_body(self, data: bytes) -> None:
        if not self.complete:
            self._unpacked += len(data)
            self._parts.append(data)

    def on_message_complete(self) -> None:
        self.complete = True
