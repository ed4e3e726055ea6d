"""Stats: all workers' numbers in one document, for people and for `sidecar top`.

Durations are in milliseconds, uptime in seconds, memory in bytes. An error is a
5xx, or an answer of our own instead of the upstream's.
"""

from collections.abc import Iterable, Mapping

from sidecar.telemetry import families as known
from sidecar.telemetry import host_families as host
from sidecar.telemetry.family import Family
from sidecar.telemetry.histogram import REQUEST, Histogram
from sidecar.telemetry.quantiles import summary
from sidecar.telemetry.snapshot import Snapshot
from sidecar.units import Seconds

LATE: Seconds = 0.1  # the default of alerts.rules.loop_lag
FAILING = 0.05  # the default of alerts.rules.error_rate
ENOUGH = 20  # requests, before a rate means something
_TUNNEL = "101"  # how long it lived says nothing of latency


class Route:
    """What /stats says of one route."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.in_flight = self.failed = self.requests = 0
        self.latency = Histogram(REQUEST)


def stats(
    snapshot: Snapshot, *, uptime: Seconds, notes: Iterable[str] = ()
) -> dict[str, object]:
    """Return the document; `notes` come before what the numbers recommend."""
    routes = routes_of(snapshot)
    return {
        "uptime": round(uptime, 3),
        **numbers(routes),
        "active_connections": _count(snapshot, known.CONNECTED),
        "memory": {
            "resident": _count(snapshot, host.RESIDENT),
            "proportional": _count(snapshot, host.PROPORTIONAL),
        },
        "loop_lag": {
            "max": _ms(_sum(snapshot, known.LAG)),
            "p99": _ms(_sum(snapshot, known.LAG_P99)),
        },
        "workers": _count(snapshot, host.WORKERS),
        "by_worker": _workers(snapshot),
        "generation": _count(snapshot, host.GENERATION),
        "upstreams": _upstreams(snapshot),
        "routes": {route.name: numbers([route]) for route in routes},
        "recommendations": [*notes, *_facts(snapshot, routes)],
    }


def routes_of(snapshot: Snapshot) -> list[Route]:
    routes = {name: Route(name) for (name,) in snapshot.get(known.IN_FLIGHT.name, {})}
    for (_, name, status), value in snapshot.get(known.DURATION.name, {}).items():
        route = routes.setdefault(name, Route(name))
        if isinstance(value, list):
            total, *counts = value
            route.requests += int(sum(counts))
            if status != _TUNNEL:
                found = route.latency
                found.sum += total
                found.counts = [
                    a + int(b) for a, b in zip(found.counts, counts, strict=True)
                ]
    for route in routes.values():
        route.in_flight = _count(snapshot, known.IN_FLIGHT, route.name)
        route.failed = _count(snapshot, known.FAILED, route.name)
    return list(routes.values())


def numbers(routes: Iterable[Route]) -> dict[str, object]:
    routes = list(routes)
    found = summary(Histogram.merged((route.latency for route in routes), REQUEST))
    return {
        "requests": sum(route.requests for route in routes),
        "errors": sum(route.failed for route in routes),
        "in_flight": sum(route.in_flight for route in routes),
        "avg": _ms(found.avg),
        "p50": _ms(found.p50),
        "p95": _ms(found.p95),
        "p99": _ms(found.p99),
    }


def _upstreams(snapshot: Snapshot) -> Mapping[str, Mapping[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for name, state in snapshot.get(known.UPSTREAM_CONNECTIONS.name, {}):
        count = _count(snapshot, known.UPSTREAM_CONNECTIONS, name, state)
        found.setdefault(name, {})[state] = count
    return found


def _workers(snapshot: Snapshot) -> Mapping[str, Mapping[str, object]]:
    labels = [label for (label,) in snapshot.get(host.WORKER_CONNECTIONS.name, {})]
    return {
        label: {
            "active_connections": _count(snapshot, host.WORKER_CONNECTIONS, label),
            "memory": _count(snapshot, host.WORKER_MEMORY, label),
            "loop_lag": _ms(_sum(snapshot, host.WORKER_LAG, label)),
        }
        for label in sorted(labels)
    }


def _facts(snapshot: Snapshot, routes: Iterable[Route]) -> list[str]:
    """What someone should look at, in plain words."""
    facts = []
    if dropped := _count(snapshot, known.DROPPED):
        facts.append(f"{dropped} log lines dropped: nobody reads standard output.")
    if (lag := _sum(snapshot, known.LAG)) > LATE:
        facts.append(f"The event loop was {lag * 1000:.0f} ms late in the last minute.")
    if refused := _count(snapshot, known.REFUSED):
        facts.append(f"{refused} client connections refused: see limits.")
    throttled = _count(snapshot, host.THROTTLED_PERIODS)
    periods = _count(snapshot, host.PERIODS)
    if periods >= ENOUGH and throttled > FAILING * periods:
        share = 100 * throttled / periods
        facts.append(f"The CPU limit held us up in {share:.0f}% of periods: raise it.")
    facts += [
        f"Route {route.name}: {100 * route.failed / route.requests:.0f}%"
        " of requests failed."
        for route in routes
        if route.requests >= ENOUGH and route.failed > FAILING * route.requests
    ]
    return facts


def _sum(snapshot: Snapshot, family: Family, *labels: str) -> float:
    """The value of one series; of all, where no labels are given."""
    series = snapshot.get(family.name, {})
    if labels:
        series = {labels: series.get(labels, 0)}
    return sum(value for value in series.values() if not isinstance(value, list))


def _count(snapshot: Snapshot, family: Family, *labels: str) -> int:
    return int(_sum(snapshot, family, *labels))


def _ms(duration: Seconds | None) -> float | None:
    return None if duration is None else round(duration * 1000, 3)
