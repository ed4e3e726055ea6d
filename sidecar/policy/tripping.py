"""Tripping: when a circuit opens, and for how long."""

from dataclasses import dataclass

from sidecar.policy.circuit import Reason
from sidecar.policy.window import Window
from sidecar.units import NEVER, Seconds

# Open times differ a little, so that replicas do not all probe at once.
JITTER = 0.1
# 2^30 seconds are more than any max_open.
_MOST_DOUBLED = 30


@dataclass(frozen=True, slots=True)
class Settings:
    """`slow_duration` None: slow answers are like others. Durations in seconds."""

    failure_rate: float = 0.5
    slow_duration: Seconds | None = None
    slow_rate: float = 1.0
    min_requests: int = 20
    window: Seconds = 30.0
    open_for: Seconds = 30.0
    max_open: Seconds = 300.0
    probes: int = 3

    @property
    def slow_from(self) -> Seconds:
        return NEVER if self.slow_duration is None else self.slow_duration

    def verdict(self, window: Window) -> Reason | None:
        """Why to open: the window has seen enough, and too much of it is bad."""
        if window.total < self.min_requests:
            return None
        if window.failed and window.failed >= self.failure_rate * window.total:
            return Reason.FAILURE_RATE
        if (
            self.slow_duration is not None
            and window.slow
            and window.slow >= self.slow_rate * window.total
        ):
            return Reason.SLOW_RATE
        return None

    def length(self, relapses: int, chance: float) -> Seconds:
        """How long it stays open; twice as long with each relapse."""
        longest = self.open_for * 2.0 ** min(relapses, _MOST_DOUBLED)
        return min(longest, self.max_open) * (1.0 - JITTER * chance)
