"""gzip: by ISA-L for its levels 0 to 3, by zlib for 4 to 9 (RFC 1952)."""

import zlib
from collections.abc import Iterator
from typing import Any

from isal import isal_zlib

from sidecar.coding.codec import PIECE, Undecodable
from sidecar.units import Bytes

_WBITS = 31  # the gzip container, 32 KiB of window
_SLOWEST_ISAL = 3
_KIB: Bytes = 1024
# What takes about a millisecond, measured: 1.2 µs a KiB, and 20.
_INLINE_ISAL, _INLINE_ZLIB = 512 * _KIB, 64 * _KIB

# Deflate, with a comment, of no time and no system.
_HEAD_WITH_COMMENT = b"\x1f\x8b\x08\x10\0\0\0\0\0\xff"
_HEAD = 10
_COMMENT = b"x"


class Gzip:
    name = b"gzip"

    def __init__(self, level: int) -> None:
        self._level = level
        self.form = b"gzip %d" % level
        # Both have the same functions.
        self._library: Any = isal_zlib if level <= _SLOWEST_ISAL else zlib
        self.inline = _INLINE_ISAL if level <= _SLOWEST_ISAL else _INLINE_ZLIB

    def compress(self, content: bytes) -> bytes:
        return bytes(self._library.compress(content, self._level, _WBITS))

    def padded(self, coded: bytes, padding: Bytes) -> bytes:
        return _padded(coded, padding)

    def encoder(self, padding: Bytes = 0) -> "GzipEncoder":
        return GzipEncoder(self._library, self._level, padding)


class GzipEncoder:
    def __init__(self, library: Any, level: int, padding: Bytes) -> None:  # noqa: ANN401 (zlib or its like)
        self._stream = library.compressobj(level, wbits=_WBITS)
        self._flush = library.Z_SYNC_FLUSH
        self._padding = padding

    def write(self, data: bytes) -> bytes:
        return self._padded(
            self._stream.compress(data) + self._stream.flush(self._flush)
        )

    def finish(self) -> bytes:
        return self._padded(self._stream.flush())

    def _padded(self, data: bytes) -> bytes:
        if not data:
            return data
        padding, self._padding = self._padding, 0
        return _padded(data, padding)


def _padded(data: bytes, padding: Bytes) -> bytes:
    """The same with a comment of `padding` bytes in its head, its NUL included."""
    if not padding:
        return data
    return b"%b%b\0%b" % (_HEAD_WITH_COMMENT, _COMMENT * (padding - 1), data[_HEAD:])


class GzipDecoder:
    """Reads members one after the other (RFC 1952 §2.2)."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(_WBITS)
        self._began = False

    @property
    def complete(self) -> bool:
        return self._member.eof or not self._began

    def pieces(self, data: bytes) -> Iterator[bytes]:
        while data:
            if self._member.eof:
                self._member = zlib.decompressobj(_WBITS)
            self._began = True
            try:
                piece = self._member.decompress(data, PIECE)
            except zlib.error as error:
                raise Undecodable("gzip") from error
            data = self._member.unconsumed_tail or self._member.unused_data
            if piece:
                yield piece
