"""zstd: Zstandard (RFC 8878), with a window that browsers take (RFC 9659)."""

import threading
from collections.abc import Iterator
from typing import Any

import zstandard

from sidecar.coding.codec import PIECE, Undecodable
from sidecar.units import Bytes

_KIB: Bytes = 1024
# RFC 9659 §3: no more than 8 MiB of window, for either side.
_LARGEST_WINDOW_LOG = 23
_LARGEST_WINDOW: Bytes = 1 << _LARGEST_WINDOW_LOG
_WIDE = 20  # from this level on it would be more
# At this level, the one that is meant for every response, the tables for contents of
# up to this length are 384 KiB. A third of them drives less of everything else out of
# the processor's cache, for half a percent of the size.
_BALANCED = 3
_SHORT: Bytes = 128 * _KIB
_SMALL_TABLES = {"hash_log": 14, "chain_log": 14}
# A stream's memory is that of its tables: made for contents of this size.
_STREAM_SIZE: Bytes = 128 * _KIB
# A raw block of no bytes, not the last (§3.1.1.2).
_EMPTY_BLOCK = bytes(3)
# A block of 4 bytes becomes 128 KiB: in slices of 128 bytes, at most 4 MiB at once.
_SLICE: Bytes = 128
# What takes about a millisecond, by level.
_INLINE = ((4, 384), (6, 128), (9, 64), (12, 16), (22, 2))


class Zstd:
    name = b"zstd"

    def __init__(self, level: int) -> None:
        self._level = level
        self.form = b"zstd %d" % level
        self._own = _Own(level)
        self.inline = next(kib for most, kib in _INLINE if level <= most) * _KIB

    def compress(self, content: bytes) -> bytes:
        own = self._own
        compressor = own.short if len(content) <= _SHORT else own.long
        return compressor.compress(content)

    def padded(self, coded: bytes, padding: Bytes) -> bytes:
        head = zstandard.frame_header_size(coded)
        return b"".join((coded[:head], _blocks(padding), coded[head:]))

    def encoder(self, padding: Bytes = 0) -> "ZstdEncoder":
        return ZstdEncoder(self._level, padding)


class _Own(threading.local):
    """A compressor is for one thread at a time, and costs more than a small content."""

    def __init__(self, level: int) -> None:
        self.long = self.short = _compressor(level)
        if level == _BALANCED:
            self.short = _compressor(level, **_SMALL_TABLES)


def _compressor(level: int, **tables: int) -> zstandard.ZstdCompressor:
    # What is not said is as its level has it for the length of each content.
    if level >= _WIDE:
        tables["window_log"] = _LARGEST_WINDOW_LOG
    return zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(
            compression_level=level, **tables
        )
    )


def _blocks(padding: Bytes) -> bytes:
    return _EMPTY_BLOCK * (padding // len(_EMPTY_BLOCK))


class ZstdEncoder:
    def __init__(self, level: int, padding: Bytes) -> None:
        parameters = zstandard.ZstdCompressionParameters.from_level(
            level, source_size=_STREAM_SIZE
        )
        compressor = zstandard.ZstdCompressor(compression_params=parameters)
        self._stream = compressor.compressobj()
        self._padding = _blocks(padding)

    def write(self, data: bytes) -> bytes:
        start = self._stream.compress(data)
        start += self._stream.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
        if start and self._padding:
            start += self._padding
            self._padding = b""
        return start

    def finish(self) -> bytes:
        return self._stream.flush()


class ZstdDecoder:
    """Reads frames one after the other."""

    def __init__(self) -> None:
        self._library = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
        self._frame: Any = self._library.decompressobj()
        self._began = False

    @property
    def complete(self) -> bool:
        return not self._began or bool(self._frame.eof)

    def pieces(self, data: bytes) -> Iterator[bytes]:
        for at in range(0, len(data), _SLICE):
            rest = data[at : at + _SLICE]
            while rest:
                if self._frame.eof:
                    self._frame = self._library.decompressobj()
                self._began = True
                try:
                    piece = self._frame.decompress(rest)
                except zstandard.ZstdError as error:
                    raise Undecodable("zstd") from error
                rest = self._frame.unused_data if self._frame.eof else b""
                for start in range(0, len(piece), PIECE):
                    yield piece[start : start + PIECE]
