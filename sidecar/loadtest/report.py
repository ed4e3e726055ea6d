"""Report: what a run showed, as a table for people and as JSON for pipelines."""

from collections.abc import Iterator
from typing import Any

from sidecar.config.quantities import duration_text
from sidecar.loadtest.histogram import Histogram
from sidecar.loadtest.run import Outcome
from sidecar.loadtest.tally import Tally
from sidecar.units import Seconds

QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99, "p99.9": 0.999}
BUSY = 0.9
LATE: Seconds = 0.001
"""Later than that, for more than one request in a hundred, is too late to trust."""
_FIRST, _COLUMN = 10, 15


def kept_up(outcome: Outcome) -> bool:
    """Whether the generator did what it was told, in time."""
    late = outcome.watch.lateness.quantile(0.99) or 0.0
    return late <= LATE and _share(outcome) < BUSY


def document(outcome: Outcome) -> dict[str, Any]:
    """Times are in milliseconds; null where nothing was measured."""
    watch = outcome.watch
    targets = [_target(tally) for tally in outcome.tallies]
    added = None
    if len(targets) > 1:
        direct, through = (one["latency_ms"] for one in targets)
        added = {name: _less(through[name], direct[name]) for name in QUANTILES}
    return {
        "rate": outcome.plan.rate,
        "duration": outcome.duration,
        "connections": outcome.plan.connections,
        "targets": targets,
        "added_ms": added,
        "generator": {
            "kept_up": kept_up(outcome),
            "lateness_ms": _times(watch.lateness),
            "cpu": round(_share(outcome), 3),
        },
    }


def lines(outcome: Outcome) -> Iterator[str]:
    found, plan = document(outcome), outcome.plan
    turns = ", in turns" if len(outcome.tallies) > 1 else ""
    yield (
        f"{plan.rate:g} requests/s for {duration_text(outcome.duration)} each{turns},"
        f" over {plan.connections} connections"
    )
    yield ""
    targets, added = found["targets"], found["added_ms"]
    names = [one["name"] for one in targets]
    yield _row("", [*names, "added"] if added else names)
    yield _row("good/s", [f"{one['good_rate']:,.1f}" for one in targets])
    for name in (*QUANTILES, "max"):
        cells = [_ms(one["latency_ms"][name]) for one in targets]
        if added and name in added:
            cells.append(_ms(added[name], sign="+"))
        yield _row(name, cells)
    yield _row("failed", [f"{one['failed']:,}" for one in targets])
    for one in targets:
        if one["errors"]:
            kinds = ", ".join(f"{kind}: {n:,}" for kind, n in one["errors"].items())
            yield f"{one['name']} failed by {kinds}"
    yield ""
    yield from _of_generator(outcome)


def _of_generator(outcome: Outcome) -> Iterator[str]:
    late = _ms(_milli(outcome.watch.lateness.quantile(0.99)))
    used = f"{_share(outcome):.0%} of a processor"
    if kept_up(outcome):
        yield f"The generator was at most {late} late (p99), with {used}."
    else:
        yield f"The generator could not keep up: {late} late (p99), with {used}."
        yield "So much of the times is its own: ask less, or on a quieter machine."


def _target(tally: Tally) -> dict[str, Any]:
    return {
        "name": tally.name,
        "asked": tally.asked,
        "good": tally.good,
        "good_rate": round(tally.rate, 1),
        "failed": tally.failed,
        "errors": dict(tally.errors.most_common()),
        "latency_ms": _times(tally.latency),
    }


def _times(histogram: Histogram) -> dict[str, float | None]:
    shares = {**QUANTILES, "max": 1.0}
    found = {name: _milli(histogram.quantile(share)) for name, share in shares.items()}
    return {**found, "mean": _milli(histogram.mean)}


def _share(outcome: Outcome) -> float:
    return outcome.watch.cpu / outcome.watch.wall if outcome.watch.wall else 0.0


def _milli(seconds: Seconds | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else round(one - other, 3)


def _ms(value: float | None, sign: str = "") -> str:
    return "-" if value is None else f"{value:{sign},.2f} ms"


def _row(label: str, cells: list[str]) -> str:
    return f"{label:<{_FIRST}}" + "".join(f"{cell:>{_COLUMN}}" for cell in cells)
