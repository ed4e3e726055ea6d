"""Seal: how a reader knows that bytes are what was written.

A checksum finds what broke; it stops nobody. Where others can write to the store,
a key of ours makes it a signature (HMAC-SHA256).
"""

import hmac
from typing import Protocol

from isal import isal_zlib

_CRC = 4


class Seal(Protocol):
    kind: int
    """Which one, in the envelope: a reader takes its own kind only."""
    size: int

    def of(self, content: bytes | memoryview) -> bytes: ...


class Checksum:
    kind = 0
    size = _CRC

    def of(self, content: bytes | memoryview) -> bytes:
        return isal_zlib.crc32(content).to_bytes(_CRC, "little")


class Signature:
    kind = 1
    size = 32

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, content: bytes | memoryview) -> bytes:
        return hmac.digest(self._key, content, "sha256")


def is_intact(seal: Seal, content: memoryview, check: bytes) -> bool:
    """Whether `check` is the seal of `content`; takes the same time for a no."""
    return hmac.compare_digest(seal.of(content), check)
