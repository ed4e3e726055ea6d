"""Percentile: how long most requests take, of the last few seconds, in little memory.

Latencies are counted in classes that are a tenth wider each; two halves, as with a
double buffer, so that what is said is of the last one to two `REFRESH` long.
"""

from bisect import bisect_left
from itertools import accumulate

from sidecar.units import Instant, Seconds

# Finagle's BackupRequestFilter looks again as often.
REFRESH: Seconds = 3.0
# Fewer say nothing.
LEAST = 50

_FIRST: Seconds = 0.001
_LAST: Seconds = 120.0
_GROWTH = 1.1


def _bounds() -> list[Seconds]:
    bounds = [_FIRST]
    while bounds[-1] < _LAST:
        bounds.append(bounds[-1] * _GROWTH)
    return bounds


_BOUNDS = _bounds()


class Percentile:
    """`value` is None until enough was seen."""

    __slots__ = ("_counts", "_share", "_total", "_until", "value")

    def __init__(self, share: float) -> None:
        self._share = share
        self._until = Instant(0.0)
        self._counts = [0] * (len(_BOUNDS) + 1)
        self._total = 0
        self.value: Seconds | None = None

    def note(self, took: Seconds, now: Instant) -> None:
        self._counts[bisect_left(_BOUNDS, took)] += 1
        self._total += 1
        if now >= self._until:
            self._refresh(now)

    def _refresh(self, now: Instant) -> None:
        self._until = Instant(now + REFRESH)
        if self._total < LEAST:
            return
        wanted = self._share * self._total
        for index, count in enumerate(accumulate(self._counts)):
            if count >= wanted:
                self.value = _BOUNDS[min(index, len(_BOUNDS) - 1)]
                break
        # The newer half of what was seen weighs twice as much as the older.
        self._counts = [count // 2 for count in self._counts]
        self._total = sum(self._counts)
