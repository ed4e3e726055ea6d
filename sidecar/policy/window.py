"""Window: how many requests ended how, within the last so many seconds.

A ring of buckets, each a slice of the time looked back on; the sums are kept, so
that counting and asking cost the same whatever the window. What is older than the
window leaves with its bucket: a pause empties it without anybody's help. What went
well is by far the most: until `ends` it may be counted in `well`, and no more.
"""

from sidecar.units import Instant, Seconds

# Precision against memory: what is forgotten at once is a tenth of the window.
BUCKETS = 10


class Window:
    """`total`, `failed` and `slow` are of the time up to the last `note` or `look`."""

    __slots__ = (
        "_at",
        "_counted",
        "_failed",
        "_slow",
        "_total",
        "_width",
        "ends",
        "failed",
        "slow",
        "well",
    )

    def __init__(self, length: Seconds) -> None:
        self._width = length / BUCKETS
        self._at = 0
        self.ends = Instant(0.0)
        """When the bucket that is being filled is over."""
        self.clear()

    @property
    def total(self) -> int:
        return self._counted + self.well

    def clear(self) -> None:
        self._total = [0] * BUCKETS
        self._failed = [0] * BUCKETS
        self._slow = [0] * BUCKETS
        self._counted = self.failed = self.slow = 0
        self.well = 0
        """Counted in no bucket yet."""

    def note(self, now: Instant, *, failed: bool = False, slow: bool = False) -> None:
        """Count one."""
        self.look(now)
        slot = self._at % BUCKETS
        self.well += 1
        if failed:
            self._failed[slot] += 1
            self.failed += 1
        if slow:
            self._slow[slot] += 1
            self.slow += 1

    def spoil(self, now: Instant) -> None:
        """Count one more of those noted as failed."""
        self.look(now)
        if self.failed < self.total:
            self._failed[self._at % BUCKETS] += 1
            self.failed += 1

    def look(self, now: Instant) -> None:
        """Forget what is too old."""
        # Results are noted with the time they were seen at, a little out of order.
        if now >= self.ends:
            self._turn(int(now / self._width))

    def _turn(self, at: int) -> None:
        self._total[self._at % BUCKETS] += self.well
        self._counted += self.well
        self.well = 0
        for n in range(max(self._at + 1, at - BUCKETS + 1), at + 1):
            slot = n % BUCKETS
            self._counted -= self._total[slot]
            self.failed -= self._failed[slot]
            self.slow -= self._slow[slot]
            self._total[slot] = self._failed[slot] = self._slow[slot] = 0
        self._at = at
        self.ends = Instant((at + 1) * self._width)
