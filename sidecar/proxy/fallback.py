"""Fallback: what is said instead of "the circuit is open".

Something stale comes before it (`Cache.stale`), and the error after it. Who wants to
change something is not told that all is well: nothing was changed.
"""

from dataclasses import dataclass
from typing import Protocol

from sidecar.policy.invalidation import SAFE
from sidecar.proxy.answer import Answer

_ERRORS = 400


class Fallback(Protocol):
    def answer(self, method: bytes, /) -> Answer | None: ...


@dataclass(frozen=True, slots=True)
class Configured:
    """An answer from the file."""

    status: int
    content_type: bytes
    content: bytes

    def answer(self, method: bytes) -> Answer | None:
        if self.status < _ERRORS and method not in SAFE:
            return None
        fields = [(b"Content-Type", self.content_type), (b"Cache-Control", b"no-store")]
        return Answer(self.status, self.content, fields)


class Nothing:
    """There is nothing better to say."""

    def answer(self, _method: bytes) -> Answer | None:
        return None


NO_FALLBACK = Nothing()
