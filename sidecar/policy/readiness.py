"""Readiness: whether traffic should come, and what stands against it.

What the upstream has to do with it is a rule of the file (`health.readiness`):
with `first-contact` each upstream must have accepted a connection once, with
`follow` each must be healthy now, with `proxy-only` none is asked.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Rule(StrEnum):
    FIRST_CONTACT = "first-contact"
    FOLLOW = "follow"
    PROXY_ONLY = "proxy-only"


class Reason(StrEnum):
    """Why a check does not hold."""

    STARTING = "starting"
    DRAINING = "draining"
    NO_CONTACT = "no_contact"
    UNHEALTHY = "unhealthy"
    STALLED = "stalled"


@dataclass(frozen=True, slots=True)
class UpstreamState:
    """One upstream, as the probes and the traffic saw it.

    `contacted`: it accepted a connection since we started.
    """

    name: str
    contacted: bool
    healthy: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition; `reason` is why it does not hold, None: it does."""

    name: str
    reason: Reason | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Readiness:
    checks: tuple[Check, ...]

    @property
    def ready(self) -> bool:
        return not self.failed

    @property
    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if check.reason)


def readiness(
    rule: Rule, *, started: bool, draining: bool, upstreams: Iterable[UpstreamState]
) -> Readiness:
    checks = [
        Check("started", None if started else Reason.STARTING),
        Check("accepting", Reason.DRAINING if draining else None),
    ]
    if rule is not Rule.PROXY_ONLY:
        checks += [_upstream(rule, state) for state in upstreams]
    return Readiness(tuple(checks))


def _upstream(rule: Rule, state: UpstreamState) -> Check:
    name = f"upstream {state.name}"
    if not state.contacted:
        return Check(name, Reason.NO_CONTACT, state.detail)
    if rule is Rule.FOLLOW and not state.healthy:
        return Check(name, Reason.UNHEALTHY, state.detail)
    return Check(name)
