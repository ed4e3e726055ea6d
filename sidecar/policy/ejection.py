"""Ejection: leave out the endpoints of an upstream that are worse than the others.

One that fails several times in a row, or fails much more often than the others, gets
no requests for a while, and longer each time. Never more than half of them, so that
what is wrong with all of them is no reason to send everything to a few.
"""

from sidecar.policy.window import Window
from sidecar.units import Instant, Seconds

# Envoy's outlier detection: consecutive_5xx, base_ejection_time, max_ejection_time.
IN_A_ROW = 5
BASE: Seconds = 30.0
LONGEST: Seconds = 300.0
# Of the last while: below so many, a rate says nothing; above so much, it is bad,
# where the others together fail half as often at most.
WINDOW: Seconds = 30.0
VOLUME = 20
FAILING = 0.5


class Record:
    """What is known of one endpoint."""

    __slots__ = ("in_a_row", "times", "until", "window")

    def __init__(self) -> None:
        self.in_a_row = 0
        self.times = 0
        self.until = Instant(0.0)
        self.window = Window(WINDOW)


class Ejection:
    def __init__(self, endpoints: int) -> None:
        self._records = [Record() for _ in range(endpoints)]

    def __len__(self) -> int:
        return len(self._records)

    def until(self, index: int) -> Instant:
        """Until when an endpoint is left out; in the past where it is not."""
        return self._records[index].until

    def note(self, index: int, now: Instant, *, failed: bool) -> bool:
        """Learn how an attempt ended; whether the endpoint is ejected for it."""
        record = self._records[index]
        record.window.note(now, failed=failed)
        if not failed:
            record.in_a_row = 0
            if record.times and now > record.until + BASE * record.times:
                # As long well as it was out: forgiven once, and from now on again.
                record.times -= 1
                record.until = now
            return False
        record.in_a_row += 1
        if record.until > now or not self._is_bad(record, now):
            return False
        if not self._may_go(now):
            return False
        record.times += 1
        record.until = Instant(now + min(BASE * record.times, LONGEST))
        record.in_a_row = 0
        record.window.clear()
        return True

    def _is_bad(self, record: Record, now: Instant) -> bool:
        if record.in_a_row >= IN_A_ROW:
            return True
        window = record.window
        if window.total < VOLUME or window.failed < FAILING * window.total:
            return False
        total = failed = 0
        for other in self._records:
            if other is not record:
                other.window.look(now)
                total += other.window.total
                failed += other.window.failed
        return total >= VOLUME and failed <= FAILING / 2 * total

    def _may_go(self, now: Instant) -> bool:
        out = sum(record.until > now for record in self._records)
        return 2 * (out + 1) <= len(self._records)
