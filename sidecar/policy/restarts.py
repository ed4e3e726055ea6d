"""Restarts: when a worker that ended is started again, and when that is given up.

A worker that served before it ended is started again almost at once. One that
ends before it was ready does so for a reason that will not go away by itself:
the pause doubles, and where nobody serves the sidecar gives up and says why.
"""

from dataclasses import dataclass
from enum import StrEnum

from sidecar.units import Instant, Seconds

# The first pause, and the longest of a worker that did serve: back within a second.
FIRST: Seconds = 0.05
LONGEST_SERVED: Seconds = 0.2
LONGEST: Seconds = 5.0
# Who served for so long is not part of a row of crashes.
SETTLED: Seconds = 10.0
# Starts that fail in a row, without one worker that serves, before we give up.
ENOUGH = 5


class Ending(StrEnum):
    """Why a worker is gone; the label in `sidecar_worker_restarts_total`."""

    EXIT = "exit"
    """It ended by itself, which it should not."""
    SIGNAL = "signal"
    """Killed: by the system for want of memory, by a crash, by somebody."""
    STALLED = "stalled"
    """Replaced by us: its loop did not turn."""
    MEMORY = "memory"
    """Replaced by us: it had little memory left."""
    START = "start"
    """It ended before it was ready."""


@dataclass(frozen=True, slots=True)
class Again:
    """Start it again at `at`."""

    at: Instant


@dataclass(frozen=True, slots=True)
class GiveUp:
    """`failures` starts in a row were in vain."""

    failures: int


class Restarts:
    """One for all workers: what fails to start once, fails for all of them."""

    def __init__(self) -> None:
        self._failed = 0
        self._crashes = 0
        self._crashed_at: Instant | None = None

    def ready(self) -> None:
        """A worker is ready to serve."""
        self._failed = 0

    def ended(
        self, now: Instant, *, was_ready: bool, others_serve: bool
    ) -> Again | GiveUp:
        """A worker ended that should not have."""
        if was_ready:
            return Again(Instant(now + self._pause_after_crash(now)))
        self._failed += 1
        if self._failed >= ENOUGH and not others_serve:
            return GiveUp(self._failed)
        return Again(Instant(now + _doubled(self._failed - 1, LONGEST)))

    def _pause_after_crash(self, now: Instant) -> Seconds:
        if self._crashed_at is None or now - self._crashed_at > SETTLED:
            self._crashes = 0
        self._crashed_at = now
        self._crashes += 1
        return (
            0.0 if self._crashes == 1 else _doubled(self._crashes - 2, LONGEST_SERVED)
        )


def _doubled(times: int, longest: Seconds) -> Seconds:
    return float(min(longest, FIRST * 2 ** min(times, 16)))
