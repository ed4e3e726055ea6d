"""Buckets: the table of one worker's rate limits, bounded whoever comes.

Two halves, young and old. Who is seen moves to the young half; when that is full it
becomes the old one, and what nobody touched meanwhile is forgotten. That is nearly
"least recently used" for the price of one lookup, and a key that is busy, such as an
attacker's address, is never among the forgotten.
"""

from collections.abc import Sequence
from typing import Protocol

from sidecar.policy.rate_limit import EMPTY, Charge, Limit, Verdict, judge, paid, settle
from sidecar.units import Seconds

MOST_KEYS = 100_000


class Buckets(Protocol):
    """Where buckets are kept, if asking it needs no waiting."""

    def spend(self, charges: Sequence[Charge], now: float) -> Verdict: ...

    def settle(self, charge: Charge, now: float) -> None: ...


class LocalBuckets:
    """`forgotten` counts the keys that there was no room for."""

    __slots__ = ("_half", "_old", "_young", "forgotten")

    def __init__(self, most: int = MOST_KEYS) -> None:
        self._half = max(1, most // 2)
        self._young: dict[bytes, float] = {}
        self._old: dict[bytes, float] = {}
        self.forgotten = 0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def spend(self, charges: Sequence[Charge], now: float) -> Verdict:
        """Take from all buckets, or from none."""
        young = self._young
        if len(charges) == 1:
            key = charges[0].key
            verdict = judge((self._take(key),), charges, now)
            young[key] = verdict.full_at[0]
        else:
            verdict = judge([self._take(one.key) for one in charges], charges, now)
            for charge, full_at in zip(charges, verdict.full_at, strict=True):
                young[charge.key] = full_at
        if len(young) > self._half:
            self._turn(now)
        return verdict

    def pay(self, key: bytes, limit: Limit, now: float) -> tuple[int, Seconds] | None:
        """Take one token of one bucket; what is left, and when there is all of it.

        None: there is none, and `spend` says what that means.
        """
        young = self._young
        bucket = young.get(key)
        if bucket is None:
            bucket = self._old.pop(key, EMPTY)
        found = paid(bucket, limit, 1.0, now)
        if found is None:
            young[key] = bucket
            return None
        full, left = found
        young[key] = full
        if len(young) > self._half:
            self._turn(now)
        return left, full - now

    def settle(self, charge: Charge, now: float) -> None:
        """Take what it cost in the end."""
        self._young[charge.key] = settle(self._take(charge.key), charge, now)
        if len(self._young) > self._half:
            self._turn(now)

    def _take(self, key: bytes) -> float:
        found = self._young.get(key)
        if found is not None:
            return found
        # It moves to the young half when it is written; it must not count twice.
        return self._old.pop(key, EMPTY)

    def _turn(self, now: float) -> None:
        # A bucket that is full again is like one that was never seen.
        self.forgotten += sum(1 for full_at in self._old.values() if full_at > now)
        self._old, self._young = self._young, {}
