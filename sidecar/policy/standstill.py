"""Standstill: whether this process had no turn for a while, and others' answers wait.

Stopped, throttled or busy with one thing, it has not looked at what came meanwhile.
Whoever is late by then may be so for our fault alone: it is looked first.
"""

from sidecar.units import NEVER, Instant, Seconds

# Between two looks; ticks are shorter, where the process gets its turns.
STILL: Seconds = 0.25


class Standstill:
    __slots__ = ("_until",)

    def __init__(self) -> None:
        self._until = NEVER

    def is_over(self, now: Instant) -> bool:
        """Whether one ended just now; never twice in a row, however slow we are."""
        if now > self._until:
            self._until = NEVER
            return True
        self._until = Instant(now + STILL)
        return False
