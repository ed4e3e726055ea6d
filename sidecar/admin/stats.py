"""Stats: one worker's numbers in one document, for people and for `sidecar top`.

Durations are in milliseconds, uptime in seconds, memory in bytes. An error is a
5xx, or an answer of our own instead of the upstream's.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sidecar.telemetry import process
from sidecar.telemetry.exposition import Sources
from sidecar.telemetry.histogram import REQUEST, Histogram
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics, RouteMetrics
from sidecar.telemetry.quantiles import summary
from sidecar.units import Seconds

LATE: Seconds = 0.1  # the default of alerts.rules.loop_lag
FAILING = 0.05  # the default of alerts.rules.error_rate
_ENOUGH = 20  # requests, before a rate means something
_SERVER_ERROR = 500
_TUNNEL = 101  # how long it lived says nothing of latency


@dataclass(frozen=True, slots=True)
class Stats:
    """What /stats reads."""

    metrics: Metrics
    sources: Sources
    lag: Callable[[], Lag]
    uptime: Callable[[], Seconds]

    def document(self) -> dict[str, object]:
        routes = list(self.metrics.routes.values())
        lag = self.lag()
        total = _numbers(routes)
        return {
            "uptime": round(self.uptime(), 3),
            **total,
            "active_connections": self.sources.active_connections(),
            "memory": {
                "resident": process.resident(),
                "proportional": process.proportional(),
            },
            "loop_lag": {"max": _ms(lag.max), "p99": _ms(lag.p99)},
            "workers": self.sources.workers(),
            "upstreams": {
                name: dict(states) for name, states in self.sources.upstreams().items()
            },
            "routes": {route.name: _numbers([route]) for route in routes},
            "recommendations": self._facts(lag, routes),
        }

    def _facts(self, lag: Lag, routes: list[RouteMetrics]) -> list[str]:
        """What someone should look at, in plain words."""
        facts = []
        if dropped := self.sources.access_log_dropped():
            facts.append(f"{dropped} log lines dropped: nobody reads standard output.")
        if lag.max > LATE:
            facts.append(
                f"The event loop was {lag.max * 1000:.0f} ms late in the last minute."
            )
        if refused := sum(self.sources.refused().values()):
            facts.append(f"{refused} client connections refused: see limits.")
        for route in routes:
            count = _durations([route]).count
            errors = _errors(route)
            if count >= _ENOUGH and errors > FAILING * count:
                share = 100 * errors / count
                facts.append(f"Route {route.name}: {share:.0f}% of requests failed.")
        return facts


def _numbers(routes: Iterable[RouteMetrics]) -> dict[str, object]:
    routes = list(routes)
    found = summary(_durations(routes, without=_TUNNEL))
    return {
        "requests": _durations(routes).count,
        "errors": sum(_errors(route) for route in routes),
        "in_flight": sum(route.in_flight for route in routes),
        "avg": _ms(found.avg),
        "p50": _ms(found.p50),
        "p95": _ms(found.p95),
        "p99": _ms(found.p99),
    }


def _durations(routes: Iterable[RouteMetrics], *, without: int = 0) -> Histogram:
    parts = [
        part
        for route in routes
        for (_, status), part in route.durations.items()
        if status != without
    ]
    return Histogram.merged(parts, REQUEST)


def _errors(route: RouteMetrics) -> int:
    failed = sum(
        histogram.count
        for (_, status), histogram in route.durations.items()
        if status >= _SERVER_ERROR
    )
    return failed + route.refused


def _ms(duration: Seconds | None) -> float | None:
    return None if duration is None else round(duration * 1000, 3)
