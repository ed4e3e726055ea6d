"""Fallback: what is said instead of "the circuit is open".

Something stale comes before it (`Cache.stale`), and the error after it.
"""

from dataclasses import dataclass
from typing import Protocol

from sidecar.proxy.answer import Answer


class Fallback(Protocol):
    def answer(self) -> Answer | None: ...


@dataclass(frozen=True, slots=True)
class Configured:
    """An answer from the file."""

    status: int
    content_type: bytes
    content: bytes

    def answer(self) -> Answer:
        fields = [(b"Content-Type", self.content_type), (b"Cache-Control", b"no-store")]
        return Answer(self.status, self.content, fields)


class Nothing:
    """There is nothing better to say."""

    def answer(self) -> Answer | None:
        return None


NO_FALLBACK = Nothing()
