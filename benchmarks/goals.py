"""Goals: what was aimed at, and whether this run reached it."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.figures import Result, ratios
from benchmarks.guarded import ALL, NOTHING

MIB_OF_IDLE_WORKER = 60.0


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a row: on its ratio to `peer`, or without one on its figure."""

    row: str
    bound: float
    peer: str = ""
    at_least: bool = False
    beside: bool = False  # of the second quantity of the row
    who: str = ""  # the one contestant that it is about; empty: every sidecar
    more: bool = False  # of the difference to `peer`, not of the ratio

    def text(self) -> str:
        """Return it as the table says it."""
        sign = "≥" if self.at_least else "≤"
        if self.more:
            return f"{sign} {self.bound:g} more than {self.peer}"
        return (
            f"{sign} {self.bound:g} × {self.peer}"  # noqa: RUF001 - times
            if self.peer
            else f"{sign} {self.bound:g}"
        )


@dataclass(frozen=True, slots=True)
class Outcome:
    """A goal, and what a contestant came to."""

    goal: Goal
    title: str
    contestant: str
    unit: str
    figure: float | None  # None: it could not be measured

    @property
    def reached(self) -> bool:
        """Whether it keeps the bound."""
        if self.figure is None:
            return False
        if self.goal.at_least:
            return self.figure >= self.goal.bound
        return self.figure <= self.goal.bound


_GZIP = "nginx, gzip 6"

GOALS = (
    Goal("get-1k", 1.8, "nginx"),
    Goal("get-1k", 0.75, "Envoy"),
    Goal("get-1k", 0.4, "Caddy"),
    Goal("get-1k", 0.25, "plain aiohttp"),
    Goal("access-log", 1.8, "nginx"),
    Goal("post-200", 2.0, "nginx"),
    Goal("unique-or-repeated", 1.1, "repeated traceparent, X-Request-Id, Cookie"),
    Goal("get-1m", 0.8, "nginx", at_least=True),
    Goal("tag-1m", 0.8, "nginx", at_least=True),
    Goal("json", 0.3, _GZIP, who="sidecar (express), gzip"),
    Goal("json", 1.2, _GZIP, who="sidecar (express), gzip", beside=True),
    Goal("json", 0.15, _GZIP, who="sidecar (express), zstd"),
    Goal("json", 1.0, _GZIP, who="sidecar (express), zstd", beside=True),
    Goal("local", 1.2, "nginx, cached hit, 1 KB"),
    Goal("hit-1k", 1.3, "nginx"),
    Goal("hit-1k", 0.8, "Varnish"),
    Goal("hit-304", 1.3, "nginx"),
    Goal("hit-50k", 0.05, "nginx, gzip", who="sidecar (express), gzip"),
    Goal("routes", 1.1, "10 routes", who="10,000 routes"),
    Goal("guards", 6.0, NOTHING, who=ALL, more=True),
    Goal("goodput", 90.0, who="sidecar", at_least=True),
    Goal("goodput", 95.0, who="sidecar", at_least=True, beside=True),
    Goal("added-latency-p50", 0.3),
    Goal("added-latency-p99", 2.0),
    Goal("added-latency-p99.9", 10.0),
    Goal("idle-connections", 12.0),
    Goal("idle-memory", MIB_OF_IDLE_WORKER, beside=True),
    Goal("start", 0.6),
)


def _contestants(result: Result, goal: Goal) -> list[str]:
    if goal.who:
        return [goal.who]
    # Rows that compare a sidecar with itself have other names for it.
    own = not any(name.startswith("sidecar") for name in result.main.samples)
    return [
        name
        for name in result.main.samples
        if name != goal.peer and (own or name.startswith("sidecar"))
    ]


def outcomes(results: Sequence[Result]) -> list[Outcome]:
    """Return every goal that the rows of this run say something about."""
    found = []
    for goal in GOALS:
        for result in results:
            if result.key != goal.row:
                continue
            series = (result.beside if goal.beside else None) or result.main
            peer = series.samples.get(goal.peer)
            if goal.peer and not peer:
                continue
            for name in _contestants(result, goal):
                samples = series.samples.get(name)
                if not samples:
                    found.append(Outcome(goal, result.title, name, "", None))
                    continue
                compared = ratios(samples, peer) if peer else samples
                if peer and goal.more:
                    compared = [
                        ours - theirs
                        for ours, theirs in zip(samples, peer, strict=True)
                    ]
                unit = "" if peer and not goal.more else series.unit
                figure = median(compared)
                found.append(Outcome(goal, result.title, name, unit, figure))
    return found
