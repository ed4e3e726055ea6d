"""Pacing: at most one log line a second of each kind.

What goes wrong a thousand times a second is said once, with how often it was
left out before. Kinds are bounded: where there are too many, all are forgotten.
"""

import time
from collections.abc import Callable, Hashable

from sidecar.units import Seconds

PERIOD: Seconds = 1.0
KINDS = 256


class Pace:
    def __init__(
        self, period: Seconds = PERIOD, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._period = period
        self._clock = clock
        self._kinds: dict[Hashable, tuple[float, int]] = {}

    def admit(self, kind: Hashable) -> int | None:
        """Say how many of this kind were left out since the last; None: this too."""
        now = self._clock()
        due, left_out = self._kinds.get(kind, (now, 0))
        if now < due:
            self._kinds[kind] = due, left_out + 1
            return None
        if len(self._kinds) >= KINDS:
            self._kinds.clear()
        self._kinds[kind] = now + self._period, 0
        return left_out
