"""Single admission: the commonest limits at half the price.

One limit, of identities or addresses, whose buckets this worker has alone. Whoever can
pay is let in with a few comparisons; a verdict is made only of who cannot, and whose
claim nobody verified goes the long way.
"""

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.quotas import By
from sidecar.policy.rate_limit import Charge
from sidecar.policy.refused import RateLimited
from sidecar.proxy.admission import ALLOWED, LimitedAdmission, Limits, Stage
from sidecar.proxy.exchange import Exchange


def is_single(stage: Stage) -> bool:
    """Whether this is all that is asked on arrival."""
    if len(stage.enforced) != 1 or stage.debts or stage.observed:
        return False
    return stage.enforced[0].by in {By.IDENTITY, By.IP}


class SingleAdmission(LimitedAdmission):
    __slots__ = ("_limit", "_pay", "_quota", "_who")

    def __init__(self, limits: Limits, buckets: LocalBuckets) -> None:
        super().__init__(limits)
        self._pay = buckets.pay
        self._quota = quota = limits.arrival.enforced[0]
        asker = limits.asker
        self._who = asker.identities.address if quota.by is By.IP else asker.who
        self._limit = None if quota.tiers else quota.limit

    def admit(self, exchange: Exchange) -> RateLimited | None:
        who, limits = self._who(exchange), self._limits
        if not who.verified:
            return super().admit(exchange)
        limit = self._limit or self._quota.of(who)
        key = limit.key + who.key
        paid = self._pay(key, limit, exchange.started)
        if paid is None:
            charges = [Charge(key, limit)]
            verdict = limits.buckets.spend(charges, exchange.started)
            return self._conclude(exchange, verdict)
        if limit.told is not None:
            said = [(limit.told, *paid)]
            exchange.extra = limits.dialect(said, exchange.extra)
        limits.tally.count(ALLOWED)
        return None
