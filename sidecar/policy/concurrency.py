"""Concurrency: how many requests may be at an upstream at once.

`Fixed` is what the file says. `Gradient` finds a limit below it from latencies, after
Netflix's Gradient2: the ratio of the latency of an unbothered upstream to that of now,
and a small queue on top. It never stops to probe, and does not grow while the
application asks for less than half of what it may. What "unbothered" is, it learns
where it can be seen: while few are there, as Envoy does, or when half as many as before
are served no faster. An average over all times would take a long jam for normal.

Latency is the median of the last answers: few of them are alike, and the least would be
that of a 304 or a ping, beside which all others look late. Nor is it the best one that
is held against them, but what was as good several times in a row.
"""

from collections import deque
from math import sqrt
from typing import Protocol

from sidecar.units import Seconds

# Netflix's concurrency-limits, Gradient2Limit.
SMOOTHING = 0.2
TOLERANCE = 1.5
# As few as that never wait for each other; where it begins.
LEAST = 4
# How fast the idea of an unbothered upstream gets worse.
FORGETTING = 0.1
# Samples of one step; the median is of two.
SAMPLES = 10
# Medians in a row that have to be better for that to be the upstream.
PROOF = 6


class Limit(Protocol):
    @property
    def limit(self) -> int: ...

    learns: bool
    """Whether it wants samples."""

    def sample(self, took: Seconds, in_flight: int) -> None:
        """Learn from an answer: only good ones, that came whole and from there."""


class Fixed:
    __slots__ = ("limit",)

    learns = False

    def __init__(self, most: int) -> None:
        self.limit = most

    def sample(self, took: Seconds, in_flight: int) -> None:
        """Learn nothing."""


class Gradient:
    __slots__ = (
        "_before",
        "_estimate",
        "_mark",
        "_medians",
        "_most",
        "_took",
        "_unbothered",
        "limit",
    )

    learns = True

    def __init__(self, most: int) -> None:
        self._most = most
        self._estimate = float(min(LEAST, most))
        self._unbothered: Seconds = 0.0
        self._mark = (0.0, 0.0)  # the estimate and latency that a cut is held against
        self._before: list[Seconds] = []
        self._took: list[Seconds] = []
        self._medians: deque[Seconds] = deque(maxlen=PROOF)
        self.limit = int(self._estimate)

    def sample(self, took: Seconds, in_flight: int) -> None:
        """Learn from an answer that took so long, with so many at the upstream."""
        self._took.append(took)
        if len(self._took) >= SAMPLES:
            last = sorted(self._before + self._took)
            self._before, self._took = self._took, []
            self._step(max(last[len(last) // 2], 1e-6), in_flight)

    def _step(self, short: Seconds, in_flight: int) -> None:
        few = in_flight < self._estimate / 2
        self._medians.append(short)
        proven = max(self._medians)
        if not 0 < self._unbothered <= proven:
            self._unbothered = proven
        elif short > self._unbothered and (few or self._in_vain(short)):
            self._unbothered += (short - self._unbothered) * FORGETTING
        if few:
            return  # it is not the limit that keeps them few
        gradient = max(0.5, min(1.0, TOLERANCE * self._unbothered / short))
        wanted = self._estimate * gradient + sqrt(self._estimate)
        estimate = (1 - SMOOTHING) * self._estimate + SMOOTHING * wanted
        self._estimate = max(float(min(LEAST, self._most)), min(estimate, self._most))
        self.limit = int(self._estimate)

    def _in_vain(self, short: Seconds) -> bool:
        """Whether cutting the limit down has not made answers come sooner."""
        estimate, latency = self._mark
        if self._estimate > estimate or short < latency * 0.9:
            self._mark = (self._estimate, short)
            return False
        return self._estimate <= estimate / 2 or self.limit <= LEAST
