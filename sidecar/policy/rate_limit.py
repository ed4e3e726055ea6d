"""Rate limit: a token bucket for each key, kept as one number (GCRA).

A bucket is the time at which it would be full again: one number to read, compare
and write, in a table, a file or a script of a store's. Nothing is counted in
windows, so there is no edge at which twice as much passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from sidecar.units import Seconds

# Rounding must not refuse who waited as long as they were told.
SLACK: Seconds = 1e-6
EMPTY: Final = 0.0
"""The bucket of a key that was never seen: full since the beginning of time."""


@dataclass(frozen=True, slots=True)
class Limit:
    """What one key may spend.

    `interval` is the time in which one token comes back, `tolerance` the time in
    which an empty bucket is full again. `quota` in `window` is how people say it.
    """

    name: str
    quota: int
    window: Seconds
    interval: Seconds
    tolerance: Seconds

    @classmethod
    def of(
        cls, name: str, count: int, period: Seconds, burst: int | None = None
    ) -> Self:
        """`count` in each `period`; `burst` at once after a pause, or as many."""
        interval = period / count
        size = count if burst is None else burst
        return cls(name, count, period, interval, interval * size)

    def times(self, factor: int, name: str) -> "Limit":
        """So many times as much."""
        return Limit(
            name,
            self.quota * factor,
            self.window,
            self.interval / factor,
            self.tolerance,
        )


@dataclass(slots=True)
class Charge:
    """`cost` tokens of the bucket `key`."""

    key: bytes
    limit: Limit
    cost: float = 1.0


@dataclass(slots=True)
class Standing:
    """What a key has left: `remaining` tokens, and all of them in `reset` seconds."""

    limit: Limit
    remaining: int
    reset: Seconds


@dataclass(slots=True)
class Verdict:
    """Whether all charges can be paid; if not, `refused` says which could not.

    Waiting `retry_after` seconds makes the same charges pass. `full_at` are the
    buckets as they are to be stored: unchanged where something is refused.
    """

    allowed: bool
    full_at: list[float]
    standings: list[Standing]
    retry_after: Seconds = 0.0
    refused: Limit | None = None


def judge(full_at: Sequence[float], charges: Sequence[Charge], now: float) -> Verdict:
    """Take from all buckets, or from none."""
    after: list[float] = []
    standings: list[Standing] = []
    retry_after, refused = 0.0, None
    for bucket, charge in zip(full_at, charges, strict=True):
        limit = charge.limit
        start = bucket if bucket > now else now  # noqa: FURB136 - half the price
        full = start + limit.interval * charge.cost
        over = full - now - limit.tolerance
        if over > SLACK:
            if over > retry_after:
                retry_after, refused = over, limit
            standings.append(Standing(limit, 0, over))
            after.append(bucket)
            continue
        left = int((SLACK - over) / limit.interval)
        standings.append(Standing(limit, left, full - now))
        after.append(full)
    if refused is None:
        return Verdict(True, after, standings)
    return Verdict(False, list(full_at), standings, retry_after, refused)


def settle(full_at: float, charge: Charge, now: float) -> float:
    """The bucket after a cost that is known only now: it may go into debt."""
    return max(full_at, now) + charge.limit.interval * charge.cost
