"""Pressure: how close this process is to its own limits, and what it gives up for it.

A loop that turns late and memory near its limit come before the upstream's health: a
proxy that falls over protects nobody. Between a first and a last mark the limits of
concurrency go down to a quarter, and what is dear and can be missed is given up, in
order. Marks apart for up and down keep it from flapping.
"""

from enum import IntEnum

from sidecar.units import Seconds

# A loop that is later than this is not idle; at the last mark it cannot keep up.
LAG: tuple[Seconds, Seconds] = (0.05, 0.5)
# Shares of the memory limit; Envoy's overload manager sheds at 95 %.
MEMORY = (0.85, 0.97)
LEAST = 0.25
# How fast trouble is forgotten, for each look; it is believed at once.
RELIEF = 0.2


class Level(IntEnum):
    """What is given up; each level also gives up what the ones before it do."""

    NONE = 0
    COMPRESSION = 1
    """No new coding of what is streamed."""
    STORING = 2
    """Nothing new is stored, no second requests."""
    QUEUES = 3
    """Nobody waits: there is a place, or there is none."""


class Pressure:
    """`factor` is what limits are multiplied by, `level` what is given up."""

    __slots__ = ("_trouble", "factor", "level")

    def __init__(self) -> None:
        self._trouble = 0.0
        self.factor = 1.0
        self.level = Level.NONE

    def look(self, lag: Seconds, memory: float) -> None:
        """Take in how late the loop is, and the share of the memory limit in use."""
        trouble = max(_between(lag, *LAG), _between(memory, *MEMORY))
        if trouble < self._trouble:
            trouble = max(trouble, self._trouble - RELIEF)
        self._trouble = trouble
        self.factor = 1.0 - (1.0 - LEAST) * trouble
        self.level = Level(min(int(trouble * len(Level)), max(Level)))

    def of(self, limit: int) -> int:
        """A limit under this pressure; never below one."""
        return limit if self.factor >= 1.0 else max(1, int(limit * self.factor))


def _between(value: float, low: float, high: float) -> float:
    return min(max((value - low) / (high - low), 0.0), 1.0)
