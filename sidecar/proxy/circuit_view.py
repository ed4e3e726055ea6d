"""Circuit view: what is shown of a breaker, of one worker or of all together."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from sidecar.policy.breaker import CHANGES, Breaker
from sidecar.policy.circuit import Change, Reason, State
from sidecar.units import Instant, Seconds

_WORSE = (State.CLOSED, State.HALF_OPEN, State.OPEN)


@dataclass(frozen=True, slots=True)
class ChangeView:
    """What became of it, so many seconds `ago`; counts of the window it had then."""

    ago: Seconds
    state: State
    reason: Reason
    requests: int
    failed: int
    slow: int


@dataclass(frozen=True, slots=True)
class CircuitView:
    """`held` by hand, `left` in seconds until it is probed; counts of its window.

    The latest of `changes` is the first.
    """

    name: str
    state: State
    held: bool
    reason: str | None
    left: Seconds | None
    relapses: int
    requests: int
    failed: int
    slow: int
    probing: int
    changes: tuple[ChangeView, ...] = ()


def view(name: str, breaker: Breaker, now: Instant) -> CircuitView:
    requests, failed, slow = breaker.counts(now)
    left = None
    if breaker.state is State.OPEN and breaker.forced is None:
        left = max(0.0, breaker.until - now)
    return CircuitView(
        name=name,
        state=breaker.state,
        held=breaker.forced is not None,
        reason=breaker.reason,
        left=left,
        relapses=breaker.relapses,
        requests=requests,
        failed=failed,
        slow=slow,
        probing=breaker.in_flight if breaker.state is State.HALF_OPEN else 0,
        changes=tuple(_change(one, now) for one in reversed(breaker.changes)),
    )


def _change(change: Change, now: Instant) -> ChangeView:
    return ChangeView(
        max(0.0, now - change.at),
        change.state,
        change.reason,
        change.requests,
        change.failed,
        change.slow,
    )


def together(views: Iterable[CircuitView]) -> list[CircuitView]:
    """Those of one name as one: half-open where one probes for all, else the worst."""
    found: dict[str, CircuitView] = {}
    for one in views:
        known = found.get(one.name)
        found[one.name] = one if known is None else _both(known, one)
    return list(found.values())


def _both(one: CircuitView, other: CircuitView) -> CircuitView:
    states = {one.state, other.state}
    probing = State.HALF_OPEN in states
    worse = max(one, other, key=lambda view: _WORSE.index(view.state))
    if probing:
        worse = one if one.state is State.HALF_OPEN else other
    return replace(
        worse,
        requests=one.requests + other.requests,
        failed=one.failed + other.failed,
        slow=one.slow + other.slow,
        probing=one.probing + other.probing,
        changes=_latest(one, other),
    )


def _latest(one: CircuitView, other: CircuitView) -> tuple[ChangeView, ...]:
    """What was found by either; that the other followed goes without saying."""
    found = [
        change
        for change in (*one.changes, *other.changes)
        if change.reason is not Reason.SHARED
    ]
    return tuple(sorted(found, key=lambda change: change.ago)[:CHANGES])
