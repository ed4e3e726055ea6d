"""Retries: what each route repeats, and the budgets that routes share."""

import random
from collections.abc import Callable
from functools import lru_cache

from sidecar.config import schema_protection as schema
from sidecar.config.policies import REMEMBERED
from sidecar.config.schema_routes import Route as RouteSection
from sidecar.policy.budget import FREE_PER_SECOND, Budget
from sidecar.policy.failure import Failure
from sidecar.policy.hedge import Hedge
from sidecar.policy.retry import NO_RETRY, Retry
from sidecar.proxy.retrying import Retrying
from sidecar.server.kept import Kept
from sidecar.server.signs import Signs

_PERCENTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99}


def retrying(
    section: RouteSection,
    kept: Kept,
    signs: Signs,
    chance: Callable[[], float] = random.random,
    *,
    workers: int = 1,
) -> Retrying:
    """`workers` share what is free."""
    upstream = section.upstream or ""
    retry = section.retry
    return Retrying(
        _retry(retry),
        _budget(
            upstream,
            0.0 if retry is None else retry.budget,
            FREE_PER_SECOND / workers,
            kept,
        ),
        _hedge(section, kept),
        signs.metrics.upstream(upstream).retries.count,
        chance,
        signs.pressure,
    )


@lru_cache(REMEMBERED)
def _retry(section: schema.Retry | None) -> Retry:
    if section is None:
        return NO_RETRY
    return Retry(
        attempts=section.attempts,
        on=frozenset(Failure(word) for word in section.on),
        statuses=frozenset(section.statuses),
        backoff=section.backoff,
    )


def _budget(upstream: str, share: float, free: float, kept: Kept) -> Budget:
    """One for all that ask the same upstream, where they say the same."""
    return kept.keep(("budget", upstream, share), lambda: Budget(share, free=free))


def _hedge(section: RouteSection, kept: Kept) -> Hedge | None:
    hedge = section.hedge
    if hedge is None:
        return None

    def make() -> Hedge:
        if isinstance(hedge.after, str):
            return Hedge(hedge.budget, after=_PERCENTILES[hedge.after])
        return Hedge(hedge.budget, fixed=hedge.after)

    return kept.keep(("hedge", section.name, hedge.budget, hedge.after), make)
