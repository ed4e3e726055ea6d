"""Admission: who asks, and may they ask more?

    admit   on arrival: limits that every request counts in, and debts
    toll    when the cache has no answer: limits that misses count in
            and how many of one user are at the upstream at once
    settle  at the end: limits that count the upstream's seconds

Limits that only watch are judged apart, so that nothing of theirs is carried out.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sidecar.policy.buckets import Buckets
from sidecar.policy.identity import Digest, Kind
from sidecar.policy.quotas import Quota
from sidecar.policy.rate_limit import Charge, Verdict
from sidecar.policy.refused import RateLimited
from sidecar.proxy.asker import Asker
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.per_user import PerUser
from sidecar.proxy.permits import Tally
from sidecar.semantics.quota_fields import Dialect, Standing, silent

ALLOWED, REFUSED, OBSERVED = "allowed", "refused", "observed"
PER_USER = "per_user"


@dataclass(frozen=True, slots=True)
class Stage:
    """Limits that are asked at one time; `debts` only must not be in debt."""

    enforced: tuple[Quota, ...] = ()
    debts: tuple[Quota, ...] = ()
    observed: tuple[Quota, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.enforced or self.debts or self.observed)


@dataclass(frozen=True, slots=True)
class Limits:
    """What the limits of one route have in common."""

    asker: Asker
    digest: Digest
    buckets: Buckets
    tally: Tally
    shed: Tally
    arrival: Stage = Stage()
    miss: Stage = Stage()
    dialect: Dialect = silent
    users: PerUser | None = None


class LimitedAdmission:
    __slots__ = ("_arrival", "_limits", "_settles", "_tolls")

    remote = False
    """Whether `ask` has to be waited for."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._arrival = limits.arrival or None
        self._tolls = bool(limits.miss) or limits.users is not None
        self._settles = bool(limits.arrival.debts) or limits.users is not None

    def admit(self, exchange: Exchange) -> RateLimited | None:
        stage = self._arrival
        return None if stage is None else self._ask(exchange, stage)

    async def ask(self, exchange: Exchange) -> None:
        """Nothing is left to ask."""

    def toll(self, exchange: Exchange) -> RateLimited | None:
        if not self._tolls:
            return None
        limits = self._limits
        refused = self._ask(exchange, limits.miss) if limits.miss else None
        if refused is not None or limits.users is None:
            return refused
        return self._enter(exchange, limits.users)

    def _enter(self, exchange: Exchange, users: PerUser) -> RateLimited | None:
        key = self._limits.asker.who(exchange).key
        if users.enter(key):
            exchange.entered = key
            return None
        if users.enforced:
            self._limits.shed.count(PER_USER)
            return RateLimited(PER_USER, retry_after=1.0)
        self._limits.shed.count(OBSERVED)
        exchange.entered = key
        return None

    def settle(self, exchange: Exchange) -> None:
        if not self._settles:
            return
        key, users = exchange.entered, self._limits.users
        if key is not None and users is not None:
            exchange.entered = None
            users.leave(key)
        debts = self._limits.arrival.debts
        if not debts or exchange.upstream is None:
            return
        answered = (exchange.first_byte or 0.0) + (exchange.body or 0.0)
        took = exchange.unanswered + answered
        for charge in self._charges(exchange, debts, took):
            self._settle(charge, exchange)

    def _settle(self, charge: Charge, exchange: Exchange) -> None:
        self._limits.buckets.settle(charge, exchange.started)

    def _ask(self, exchange: Exchange, stage: Stage) -> RateLimited | None:
        if stage.observed:
            self._watch(exchange, stage)
        charges = self._due(exchange, stage)
        if not charges:
            return None
        verdict = self._limits.buckets.spend(charges, exchange.started)
        return self._conclude(exchange, verdict)

    def _watch(self, exchange: Exchange, stage: Stage) -> None:
        """Count who would be refused."""
        charges = self._charges(exchange, stage.observed, 1.0)
        limits = self._limits
        if charges and not limits.buckets.spend(charges, exchange.started).allowed:
            limits.tally.count(OBSERVED)

    def _due(self, exchange: Exchange, stage: Stage) -> list[Charge]:
        """What is to be paid, and debts that must not be there."""
        charges = self._charges(exchange, stage.enforced, 1.0)
        if stage.debts:
            charges += self._charges(exchange, stage.debts, 0.0)
        return charges

    def _conclude(self, exchange: Exchange, verdict: Verdict) -> RateLimited | None:
        limits = self._limits
        exchange.extra = limits.dialect(_standings(verdict), exchange.extra)
        refused = verdict.refused
        if refused is None:
            limits.tally.count(ALLOWED)
            return None
        limits.tally.count(REFUSED)
        return RateLimited(refused.name, retry_after=verdict.retry_after)

    def _charges(
        self, exchange: Exchange, quotas: Sequence[Quota], cost: float
    ) -> list[Charge]:
        limits = self._limits
        who = address = limits.asker.who(exchange)
        if who.kind is not Kind.IP:
            address = limits.asker.address(exchange)
        charges: list[Charge] = []
        for quota in quotas:
            charges += quota.charges(exchange, who, address, limits.digest, cost)
        return charges


def _standings(verdict: Verdict) -> list[Standing]:
    """What clients are told: of their own limits."""
    return [
        (told, one.remaining, one.reset)
        for one in verdict.standings
        if (told := one.limit.told) is not None
    ]
