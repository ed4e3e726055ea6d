"""Window: how many requests ended how, within the last so many seconds.

A ring of buckets, each a slice of the time looked back on; the sums are kept, so
that counting and asking cost the same whatever the window. What is older than the
window leaves with its bucket: a pause empties it without anybody's help.
"""

from sidecar.units import Instant, Seconds

# Precision against memory: what is forgotten at once is a tenth of the window.
BUCKETS = 10


class Window:
    """`total`, `failed` and `slow` are of the time up to the last `note` or `look`."""

    __slots__ = (
        "_at",
        "_failed",
        "_slow",
        "_total",
        "_width",
        "failed",
        "slow",
        "total",
    )

    def __init__(self, length: Seconds) -> None:
        self._width = length / BUCKETS
        self._at = 0
        self.clear()

    def clear(self) -> None:
        self._total = [0] * BUCKETS
        self._failed = [0] * BUCKETS
        self._slow = [0] * BUCKETS
        self.total = self.failed = self.slow = 0

    def note(self, now: Instant, *, failed: bool = False, slow: bool = False) -> None:
        """Count one."""
        at = int(now / self._width)
        if at != self._at:
            self._turn(at)
        slot = at % BUCKETS
        self._total[slot] += 1
        self.total += 1
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
        at = int(now / self._width)
        if at != self._at:
            self._turn(at)

    def _turn(self, at: int) -> None:
        if at < self._at:
            # Results are noted with the time they were seen at, a little out of order.
            return
        for n in range(max(self._at + 1, at - BUCKETS + 1), at + 1):
            slot = n % BUCKETS
            self.total -= self._total[slot]
            self.failed -= self._failed[slot]
            self.slow -= self._slow[slot]
            self._total[slot] = self._failed[slot] = self._slow[slot] = 0
        self._at = at
