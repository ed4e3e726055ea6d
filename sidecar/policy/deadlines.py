"""Deadlines: many coarse timers for the price of one.

A timer for each request costs as much as routing it; so whoever waits keeps its
own `due`, and one sweep a tick, for each worker, finds those that passed.
Precision is that of the tick (`server.worker`), never early.
"""

from collections.abc import Iterable
from typing import Protocol

from sidecar.units import Instant


class Watched(Protocol):
    """Something that waits. `due` may change at any time; NEVER means: not now."""

    @property
    def due(self) -> Instant: ...

    def expire(self, now: Instant, /) -> None:
        """Called when `due` has passed; moves `due` on, or ends the wait."""


class Deadlines:
    """All that wait, on one worker."""

    def __init__(self, watched: Iterable[Watched] = ()) -> None:
        self._watched = set(watched)

    def __len__(self) -> int:
        return len(self._watched)

    def watch(self, one: Watched) -> None:
        self._watched.add(one)

    def forget(self, one: Watched) -> None:
        self._watched.discard(one)

    def sweep(self, now: Instant) -> int:
        """Expire what is due; how many that were."""
        passed = [one for one in self._watched if one.due <= now]
        for one in passed:
            # One that expired before it may have moved it on.
            if one.due <= now:
                one.expire(now)
        return len(passed)
