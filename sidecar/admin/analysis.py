"""Analysis: how a duration compares with what a route usually takes.

    POST /analyze   {"operation": ROUTE, "duration": ms}

What is usual is what was measured since the start, as in `GET /stats`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from sidecar.admin.answers import told, wrong
from sidecar.admin.stats import ENOUGH, numbers, routes_of
from sidecar.telemetry.quantiles import share
from sidecar.telemetry.snapshot import Snapshot

_LONGEST: Final = 86_400_000
_SLOW, _EXCEPTIONAL = 0.95, 0.99


class Verdict(StrEnum):
    UNKNOWN = "unknown"
    """Too little was measured."""
    USUAL = "usual"
    SLOW = "slow"
    """Beyond p95."""
    EXCEPTIONAL = "exceptional"
    """Beyond p99."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What somebody measured; `duration` in milliseconds."""

    operation: str
    duration: float


def measured(content: bytes) -> Measured:
    """Read what is to be compared.

    Raises:
        Problem: 400.
    """
    said = told(content)
    if isinstance(said, dict) and said.keys() == {"operation", "duration"}:
        operation, duration = said["operation"], said["duration"]
        is_number = isinstance(duration, int | float) and not isinstance(duration, bool)
        if isinstance(operation, str) and is_number and 0 <= duration <= _LONGEST:
            return Measured(operation, float(duration))
    raise wrong('Send {"operation": "NAME OF A ROUTE", "duration": MILLISECONDS}.')


def analysis(snapshot: Snapshot, asked: Measured) -> Mapping[str, object] | None:
    """How it compares; None: there is no such route."""
    found = (one for one in routes_of(snapshot) if one.name == asked.operation)
    route = next(found, None)
    if route is None:
        return None
    count, below = route.latency.count, share(route.latency, asked.duration / 1000)
    verdict = Verdict.UNKNOWN
    if below is not None and count >= ENOUGH:
        verdict = _verdict(below)
    return {
        "operation": route.name,
        "duration": asked.duration,
        **numbers([route]),
        "not_slower": None if below is None else round(below, 4),
        "verdict": verdict,
        "recommendations": _facts(verdict, count, below or 0.0),
    }


def _verdict(below: float) -> Verdict:
    if below > _EXCEPTIONAL:
        return Verdict.EXCEPTIONAL
    return Verdict.SLOW if below > _SLOW else Verdict.USUAL


def _facts(verdict: Verdict, count: int, below: float) -> list[str]:
    """What to do about it, in plain words."""
    if verdict is Verdict.UNKNOWN:
        return [f"Only {count} requests were measured: ask again after {ENOUGH}."]
    if verdict is Verdict.USUAL:
        return []
    compared = f"{100 * below:.1f}% of its requests took no longer."
    return [compared, "GET /slow says of the slowest where their time went."]
