"""Decoding: what an origin sent, for a client that cannot undo its coding.

Nothing is decoded that expands beyond what is sane: `LARGEST` for a content that
is needed whole, and from there on `STEEPEST` times what came in.
"""

from collections.abc import Callable, Iterator, Mapping

from sidecar.coding.brotli import BrotliDecoder
from sidecar.coding.codec import Decoder, Undecodable
from sidecar.coding.gzip import GzipDecoder
from sidecar.coding.zstd import ZstdDecoder
from sidecar.units import Bytes

LARGEST: Bytes = 10 * 1024 * 1024
STEEPEST = 100
# Below, a ratio says nothing: a page of blanks is no bomb.
_HARMLESS: Bytes = 1024 * 1024

DECODERS: Mapping[bytes, Callable[[], Decoder]] = {
    b"gzip": GzipDecoder,
    b"x-gzip": GzipDecoder,
    b"br": BrotliDecoder,
    b"zstd": ZstdDecoder,
}


class Decoding:
    """One content on its way out of its coding."""

    __slots__ = ("_decoder", "_read", "_written")

    def __init__(self, coding: bytes) -> None:
        self._decoder = DECODERS[coding]()
        self._read: Bytes = 0
        self._written: Bytes = 0

    def pieces(self, data: bytes) -> Iterator[bytes]:
        """Raises Undecodable."""
        self._read += len(data)
        for piece in self._decoder.pieces(data):
            self._written += len(piece)
            if self._written > max(_HARMLESS, STEEPEST * self._read):
                raise Undecodable("expands too much")
            yield piece

    def finish(self) -> None:
        """Raises Undecodable where the content ended too early."""
        if not self._decoder.complete:
            raise Undecodable("cut short")


def decoded(content: bytes, coding: bytes, largest: Bytes = LARGEST) -> bytes:
    """The whole content.

    Raises:
        Undecodable
    """
    decoding = Decoding(coding)
    parts: list[bytes] = []
    size = 0
    for piece in decoding.pieces(content):
        size += len(piece)
        if size > largest:
            raise Undecodable("too large")
        parts.append(piece)
    decoding.finish()
    return b"".join(parts)
