"""br: brotli (RFC 7932)."""

from collections.abc import Iterator

import brotli

from sidecar.coding.codec import PIECE, Undecodable
from sidecar.units import Bytes

_KIB: Bytes = 1024
# A stream's memory is its window's, and a chunk seldom looks back further.
_STREAM_WINDOW = 18
# §9.2: not the last, no nibbles of length, nothing reserved, one byte of a skip
# length that follows: a metadata block, which a decoder passes over.
_METADATA = 0b010110
_METADATA_HEAD = 2
# The last block, where it is empty: one byte.
_LAST = 1
# What takes about a millisecond, by quality.
_INLINE = ((1, 256), (3, 128), (4, 96), (6, 48), (9, 16), (11, 1))


class Brotli:
    name = b"br"

    def __init__(self, quality: int) -> None:
        self._quality = quality
        self.form = b"br %d" % quality
        self.inline = next(kib for most, kib in _INLINE if quality <= most) * _KIB

    def compress(self, content: bytes) -> bytes:
        stream = brotli.Compressor(quality=self._quality)
        # Flushed: the last block is empty, and begins with a whole byte.
        return b"".join((stream.process(content), stream.flush(), stream.finish()))

    def padded(self, coded: bytes, padding: Bytes) -> bytes:
        return b"".join((coded[:-_LAST], _metadata(padding), coded[-_LAST:]))

    def encoder(self, padding: Bytes = 0) -> "BrotliEncoder":
        return BrotliEncoder(self._quality, padding)


class BrotliEncoder:
    def __init__(self, quality: int, padding: Bytes) -> None:
        self._stream = brotli.Compressor(quality=quality, lgwin=_STREAM_WINDOW)
        self._padding = _metadata(padding)

    def write(self, data: bytes) -> bytes:
        start = bytes(self._stream.process(data) + self._stream.flush())
        if start and self._padding:
            # A flush ends with a whole byte, where a block may be put in.
            start += self._padding
            self._padding = b""
        return start

    def finish(self) -> bytes:
        return bytes(self._stream.finish())


def _metadata(padding: Bytes) -> bytes:
    """A block of `padding` bytes in all that decodes to nothing."""
    if padding <= _METADATA_HEAD:
        return b""
    length = padding - _METADATA_HEAD
    return (_METADATA | (length - 1) << 6).to_bytes(2, "little") + bytes(length)


class BrotliDecoder:
    def __init__(self) -> None:
        self._stream = brotli.Decompressor()
        self._began = False

    @property
    def complete(self) -> bool:
        return not self._began or bool(self._stream.is_finished())

    def pieces(self, data: bytes) -> Iterator[bytes]:
        self._began = self._began or bool(data)
        while True:
            try:
                piece = self._stream.process(data, output_buffer_limit=PIECE)
            except brotli.error as error:
                raise Undecodable("br") from error
            data = b""
            if piece:
                yield bytes(piece)
            elif self._stream.can_accept_more_data() or self._stream.is_finished():
                return
