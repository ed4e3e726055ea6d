"""Histogram: counts of durations by bucket, cheap enough for every request.

One worker's event loop writes; a scrape reads. Buckets are those of
Prometheus: a bucket counts what is less than or equal to its bound.
"""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, Self

from sidecar.units import Seconds

# 1 ms … 60 s: what a client may see.
REQUEST: Final[tuple[Seconds, ...]] = (
    *(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25),
    *(0.5, 1.0, 2.5, 5.0, 10.0, 15.0, 30.0, 60.0),
)
# 50 µs … 100 ms: our own share of it.
OVERHEAD: Final[tuple[Seconds, ...]] = (
    *(0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025),
    *(0.005, 0.01, 0.025, 0.05, 0.1),
)
# Connecting on loopback takes less than a millisecond.
PHASE: Final[tuple[Seconds, ...]] = (0.0001, 0.00025, 0.0005, *REQUEST)


class Histogram:
    """Counts for each bucket and one more for what exceeds the last bound."""

    __slots__ = ("_first", "bounds", "counts", "sum")

    def __init__(self, bounds: tuple[Seconds, ...]) -> None:
        self.bounds = bounds
        self._first = bounds[0]
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: Seconds) -> None:
        # Most are in the first bucket, and need no search.
        at = 0 if value <= self._first else bisect_left(self.bounds, value)
        self.counts[at] += 1
        self.sum += value

    @property
    def count(self) -> int:
        return sum(self.counts)

    def cumulative(self) -> list[int]:
        """For each bound, and infinity, how many were at most that."""
        return list(accumulate(self.counts))

    @classmethod
    def merged(cls, parts: Iterable[Self], bounds: tuple[Seconds, ...]) -> Self:
        """One histogram of all the parts, which share `bounds`."""
        whole = cls(bounds)
        for part in parts:
            whole.counts = [
                a + b for a, b in zip(whole.counts, part.counts, strict=True)
            ]
            whole.sum += part.sum
        return whole
