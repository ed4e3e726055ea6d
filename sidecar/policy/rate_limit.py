"""Rate limit: a token bucket for each key, kept as one number (GCRA).

A bucket is the time at which it would be full again: one number to read, compare
and write, in a table, a file or a script of a store's. Nothing is counted in
windows, so there is no edge at which twice as much passes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final, Self

from sidecar.semantics.quota_fields import Named
from sidecar.units import Seconds

# Rounding must not refuse who waited as long as they were told.
SLACK: Seconds = 1e-6
EMPTY: Final = 0.0
"""The bucket of a key that was never seen: full since the beginning of time."""

_KEY = 8  # bytes: with an identity's sixteen, what the ledger keeps as it is


@dataclass(frozen=True, slots=True)
class Limit:
    """What one key may spend.

    `interval` is the time in which one token comes back, `tolerance` the time in
    which an empty bucket is full again. `quota` in `window` is how people say it.
    `key` begins the keys of its buckets, and is another's where the numbers are: what
    was taken at one rate says nothing at the next. `told` is its name in fields, if it
    has one.
    """

    name: str
    quota: int
    window: Seconds
    interval: Seconds
    tolerance: Seconds
    key: bytes = b""
    told: Named | None = None

    @classmethod
    def of(
        cls,
        name: str,
        count: int,
        period: Seconds,
        burst: int | None = None,
        *,
        tier: str = "",
    ) -> Self:
        """`count` in each `period`; `burst` at once after a pause, or as many."""
        interval = period / count
        size = count if burst is None else burst
        told = Named.of(name, count, period)
        tolerance = interval * size
        key = _key(name, "tier", tier, interval, tolerance)
        return cls(name, count, period, interval, tolerance, key, told)

    def times(self, factor: int, name: str) -> "Limit":
        """So many times as much, and no field tells of it."""
        interval = self.interval / factor
        key = _key(name, "times", factor, interval, self.tolerance)
        quota = self.quota * factor
        return Limit(name, quota, self.window, interval, self.tolerance, key)


def _key(*parts: object) -> bytes:
    return blake2b(repr(parts).encode(), digest_size=_KEY).digest()


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
    if len(charges) == 1:
        (charge,) = charges
        if (left := paid(full_at[0], charge.limit, charge.cost, now)) is not None:
            full, remaining = left
            standing = Standing(charge.limit, remaining, full - now)
            return Verdict(True, [full], [standing])
    after: list[float] = []
    standings: list[Standing] = []
    retry_after, refused = 0.0, None
    for bucket, charge in zip(full_at, charges, strict=True):
        limit = charge.limit
        start = bucket if bucket > now else now  # noqa: FURB136 - half the price
        full = start + limit.interval * charge.cost
        over = full - now - limit.tolerance
        if over > SLACK and over > retry_after:
            retry_after, refused = over, limit
        standings.append(Standing(limit, _left(limit, over), full - now))
        after.append(full)
    if refused is None:
        return Verdict(True, after, standings)
    standings = [
        _untouched(bucket, charge, now)
        for bucket, charge in zip(full_at, charges, strict=True)
    ]
    return Verdict(False, list(full_at), standings, retry_after, refused)


def paid(
    bucket: float, limit: Limit, cost: float, now: float
) -> tuple[float, int] | None:
    """The commonest case, at half the price: one charge, and it can be paid.

    The bucket as it is then, and the tokens left in it; None: it cannot.
    """
    start = bucket if bucket > now else now  # noqa: FURB136 - half the price
    full = start + limit.interval * cost
    over = full - now - limit.tolerance
    if over > SLACK:
        return None
    return full, int((SLACK - over) / limit.interval)


def _left(limit: Limit, over: Seconds) -> int:
    return int((SLACK - over) / limit.interval) if over <= SLACK else 0


def _untouched(bucket: float, charge: Charge, now: float) -> Standing:
    """How a key stands that was asked to pay and did not; when it can, or is full."""
    limit = charge.limit
    wait = max(bucket, now) - now
    over = wait + limit.interval * charge.cost - limit.tolerance
    if over > SLACK:
        return Standing(limit, 0, over)
    return Standing(limit, _left(limit, wait - limit.tolerance), wait)


def settle(full_at: float, charge: Charge, now: float) -> float:
    """The bucket after a cost that is known only now: it may go into debt."""
    return max(full_at, now) + charge.limit.interval * charge.cost
