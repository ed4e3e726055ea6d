"""Pressure: how close this process is to its own limits, and what it gives up for it.

A loop that turns late and memory near its limit come before the upstream's health: a
proxy that falls over protects nobody. From the first mark on the limits of
concurrency go down, to a quarter at the last, and what is dear and can be missed is
given up, in order. One for each worker: who does something dear looks at `level`.
"""

from bisect import bisect_right
from enum import IntEnum, StrEnum

from sidecar.units import Seconds


class Level(IntEnum):
    """What is given up; each level also gives up what the ones before it do."""

    NONE = 0
    LEVELS = 1
    """Compression is at its fastest."""
    COMPRESSION = 2
    """Nothing is compressed: larger, but not late for everybody."""
    EXTRAS = 3
    """Nothing is asked for twice: no hedge, no retry."""
    QUEUES = 4
    """Nobody waits: there is a place, or there is none."""


class GivenUp(StrEnum):
    """What was done without, so that this process keeps up."""

    LEVEL = "level"
    """Compressed, and less well."""
    COMPRESSION = "compression"
    SELECTION = "selection"
    RETRY = "retry"
    HEDGE = "hedge"
    QUEUE = "queue"
    """A wait for a place."""


# From where on each level holds. A loop this late at its median tick is not idle; at
# the last mark it cannot keep up.
LAG: tuple[Seconds, ...] = (0.0, 0.025, 0.1, 0.25, 0.5)
# Shares of the memory limit; Envoy's overload manager stops at 92 % and sheds at 95 %.
MEMORY = (0.8, 0.85, 0.89, 0.93, 0.97)
LEAST = 0.25
# A level is let go well below its mark, or it would flutter.
_RELEASE = 0.5


class Pressure:
    """`factor` is what limits are multiplied by, `level` what is given up.

    `late` and `scarce` are how far the loop and the memory are: 1 is the first mark.
    """

    __slots__ = ("factor", "given_up", "late", "level", "scarce")

    def __init__(self) -> None:
        self.late = self.scarce = 0.0
        self.given_up = dict.fromkeys(GivenUp, 0)
        self.factor = 1.0
        self.level = Level.NONE

    def feel(self, lag: Seconds) -> None:
        """Take in how late the loop is."""
        self.late = _height(lag, LAG)
        self._weigh()

    def hold(self, memory: float) -> None:
        """Take in the share of the memory limit that is in use."""
        self.scarce = _height(memory, MEMORY)
        self._weigh()

    def of(self, limit: int) -> int:
        """A limit under this pressure; never below one."""
        return limit if self.factor >= 1.0 else max(1, int(limit * self.factor))

    def gave_up(self, what: GivenUp) -> None:
        """Count something that was done without."""
        self.given_up[what] += 1

    def _weigh(self) -> None:
        trouble = max(self.late, self.scarce)
        reached = int(trouble)
        if reached < self.level:
            reached = min(int(trouble + _RELEASE), self.level)
        self.level = Level(reached)
        beyond = max(0.0, trouble - 1.0) / (len(Level) - 2)
        self.factor = 1.0 - (1.0 - LEAST) * beyond


def _height(value: float, marks: tuple[float, ...]) -> float:
    """Where `value` is among the marks: 2.5 is half-way from the third to the next."""
    index = bisect_right(marks, value)
    if index == 0:
        return 0.0
    if index == len(marks):
        return float(len(marks) - 1)
    low, high = marks[index - 1], marks[index]
    return index - 1 + (value - low) / (high - low)
