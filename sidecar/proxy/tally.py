"""Tally: what was done to a response, and who counts it (`telemetry.lightness`).

What is made in a thread is counted on the event loop.
"""

from typing import NamedTuple, Protocol

from sidecar.policy.compression import Skipped
from sidecar.semantics.message import ResponseHead
from sidecar.units import Bytes


class Tally(Protocol):
    def coded(self, coding: bytes, before: Bytes, after: Bytes, /) -> None: ...
    def skipped(self, reason: Skipped, /) -> None: ...
    def not_modified(self) -> None: ...


class Coded(NamedTuple):
    coding: bytes
    before: Bytes
    after: Bytes


class Made(NamedTuple):
    """A rendered response; nothing done is a 304."""

    head: ResponseHead
    content: bytes
    done: Coded | Skipped | None
