"""Undoing: codings, as they come, by libraries that are not the sidecar's own way."""

import zlib
from typing import TYPE_CHECKING

import brotli
import zstandard

from tests.harness.strict import Response

if TYPE_CHECKING:
    from collections.abc import Callable


class Reader:
    """Undoes a coding as it comes, by libraries that are not the sidecar's."""

    def __init__(self, coding: bytes | None) -> None:
        self.read: Callable[[bytes], bytes] = (
            {
                None: bytes,
                b"gzip": lambda: zlib.decompressobj(31).decompress,
                b"br": lambda: brotli.Decompressor().process,
                b"zstd": lambda: (
                    zstandard.ZstdDecompressor().decompressobj().decompress
                ),
            }[coding]()
            if coding
            else bytes
        )


def undone(response: Response) -> bytes:
    return Reader(response.one(b"content-encoding")).read(bytes(response.body))
