"""Hedge: when a request is late, ask a second time and take what comes first.

Late is later than most: a percentile of what was measured, or a fixed time. Never
more than the budget's share of all requests, and none of it is free: where all are
late, asking twice would make all later.
"""

from sidecar.policy.budget import Budget
from sidecar.policy.percentile import Percentile
from sidecar.semantics.message import RequestHead
from sidecar.units import Instant, Seconds

METHODS = frozenset((b"GET", b"HEAD"))
# Sooner than this nobody is late.
SOONEST: Seconds = 0.001


class Hedge:
    """`after`: a share of latencies (0.95 is p95) or `fixed` seconds."""

    __slots__ = ("_budget", "_fixed", "_percentile")

    def __init__(
        self, share: float, *, after: float = 0.95, fixed: Seconds | None = None
    ) -> None:
        self._budget = Budget(share, free=0.0)
        self._percentile = Percentile(after)
        self._fixed = fixed

    def delay(self, request: RequestHead) -> Seconds | None:
        """Seconds after which this request is late; None: it is not to be hedged."""
        if request.method not in METHODS or request.has_body:
            return None
        late = self._percentile.value if self._fixed is None else self._fixed
        return None if late is None else max(late, SOONEST)

    def may(self, now: Instant) -> bool:
        """Whether a second request is paid for."""
        return self._budget.withdraw(now)

    def answered(self, took: Seconds, now: Instant) -> None:
        """Learn from a good answer."""
        self._budget.deposit(now)
        if self._fixed is None:
            self._percentile.note(took, now)
