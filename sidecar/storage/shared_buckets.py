"""Shared buckets: rate limits that mean the same with one worker or eight.

All buckets of a request are read, judged and written in one transaction of the
ledger, so that no two workers give away the same token. Where the ledger cannot be
read, every bucket is full: a limit that is lost lets pass.
"""

from collections.abc import Sequence

from sidecar.policy.rate_limit import Charge, Verdict, judge, settle
from sidecar.storage.ledger import Ledger

_PREFIX = b"b"


class SharedBuckets:
    """`policy.buckets.Buckets`, in the ledger. `now` is of the clock all share."""

    __slots__ = ("_ledger",)

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def spend(self, charges: Sequence[Charge], now: float) -> Verdict:
        """Take from all buckets, or from none."""
        verdict = Verdict(True, [], [])

        def work(full_at: list[float]) -> Sequence[float]:
            nonlocal verdict
            verdict = judge(full_at, charges, now)
            return verdict.full_at

        self._ledger.change([_PREFIX + charge.key for charge in charges], work)
        return verdict

    def settle(self, charge: Charge, now: float) -> None:
        """Take what it cost in the end."""

        def work(full_at: list[float]) -> Sequence[float]:
            return (settle(full_at[0], charge, now),)

        self._ledger.change((_PREFIX + charge.key,), work)
