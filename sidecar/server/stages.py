"""Stages: which limits of a route are asked when, and which hold without the store."""

from collections.abc import Sequence

from sidecar.config.schema_protection import RateLimit
from sidecar.policy.quotas import Quota
from sidecar.proxy.admission import Stage
from sidecar.proxy.remote_admission import Lost

Limits = Sequence[tuple[RateLimit, Quota]]
"""What the file says, and what was made of it."""


def arrival(limits: Limits) -> Stage:
    """What every request is asked for; what costs time must not be in debt."""
    asked = [(limit, quota) for limit, quota in limits if limit.cost != "miss"]
    return Stage(
        tuple(quota for limit, quota in asked if _pays(limit)),
        tuple(quota for limit, quota in asked if _owes(limit)),
        tuple(quota for limit, quota in asked if limit.mode == "observe"),
    )


def miss(limits: Limits) -> Stage:
    """What is asked when the cache has no answer."""
    asked = [(limit, quota) for limit, quota in limits if limit.cost == "miss"]
    return Stage(
        tuple(quota for limit, quota in asked if limit.mode == "enforce"),
        (),
        tuple(quota for limit, quota in asked if limit.mode == "observe"),
    )


def lost(limits: Limits) -> Lost:
    """What holds of those that are asked on arrival, each as the file says."""
    asked = [one for one in limits if _pays(one[0]) or _owes(one[0])]
    closed = [
        quota.limit.name for limit, quota in asked if limit.on_store_failure == "closed"
    ]
    return Lost(
        closed[0] if closed else None,
        arrival([one for one in asked if one[0].on_store_failure == "local"]),
    )


def _pays(limit: RateLimit) -> bool:
    return limit.mode == "enforce" and limit.cost == "request"


def _owes(limit: RateLimit) -> bool:
    return limit.mode == "enforce" and limit.cost == "time"
