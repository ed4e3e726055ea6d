"""Readings: what one worker counts and holds, as rows of families.

Read while the loop goes on counting in between, so each level is copied in one
step; a histogram is read at once.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sidecar.policy.pressure import Pressure
from sidecar.telemetry import families as known
from sidecar.telemetry import host_families as host
from sidecar.telemetry.cache_counts import GET, CacheCounts
from sidecar.telemetry.histogram import Histogram
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics, RouteMetrics
from sidecar.telemetry.snapshot import Row, Value

_SERVER_ERROR = 500
_PHASES = ("queue", "connect", "first_byte", "body")


def _zero() -> int:
    return 0


def _calm() -> Lag:
    return Lag(0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Sources:
    """Numbers that others keep, read at each scrape."""

    active_connections: Callable[[], int] = _zero
    connections: Callable[[], int] = _zero
    """Accepted since the start."""
    refused: Callable[[], Mapping[str, int]] = field(default=dict)
    """Connections refused since the start, by reason."""
    upstreams: Callable[[], Mapping[str, Mapping[str, int]]] = field(default=dict)
    """Connections of each upstream, by state: active, idle …"""
    access_log_dropped: Callable[[], int] = _zero
    loop_lag: Callable[[], Lag] = _calm

    def rows(self) -> Iterator[Row]:
        active, lag = self.active_connections(), self.loop_lag()
        yield known.CONNECTED.name, (), active
        yield host.WORKER_CONNECTIONS.name, (), active
        yield known.ACCEPTED.name, (), self.connections()
        for reason, count in list(self.refused().items()):
            yield known.REFUSED.name, (reason,), count
        for name, states in list(self.upstreams().items()):
            for state, count in states.items():
                yield known.UPSTREAM_CONNECTIONS.name, (name, state), count
        yield known.DROPPED.name, (), self.access_log_dropped()
        yield known.LAG.name, (), lag.max
        yield known.LAG_P99.name, (), lag.p99
        yield host.WORKER_LAG.name, (), lag.max


def pressed(pressure: Pressure) -> Iterator[Row]:
    """How near a worker is to its own limits, and what it did without."""
    yield known.PRESSURE.name, ("loop",), pressure.late
    yield known.PRESSURE.name, ("memory",), pressure.scarce
    yield known.PRESSURE_LEVEL.name, (), pressure.level
    for what, count in pressure.given_up.items():
        yield known.GIVEN_UP.name, (what,), count


def shared(faults: Iterable[tuple[str, int]], forgotten: int) -> Iterator[Row]:
    """What a worker's view of the shared state has met with."""
    for reason, count in faults:
        yield host.SHARED_FAULTS.name, (reason,), count
    yield host.SHARED_FORGOTTEN.name, (), forgotten


def tier(
    name: str, held: tuple[int, int] | None, events: Mapping[str, int]
) -> Iterator[Row]:
    """A tier of the cache: entries and bytes where they are known, and what was."""
    if held is not None:
        yield known.CACHE_ENTRIES.name, (name,), held[0]
        yield known.CACHE_BYTES.name, (name,), held[1]
    for event, count in events.items():
        yield known.CACHE_EVENTS.name, (name, event), count


def operations(counts: Mapping[tuple[str, str, str], int]) -> Iterator[Row]:
    """What was done with the tiers of the cache, and how it ended."""
    for labels, count in list(counts.items()):
        yield known.CACHE_OPERATIONS.name, labels, count


def counted(metrics: Metrics) -> Iterator[Row]:
    """What the request path counts."""
    yield from _cache(metrics.cache)
    for route in list(metrics.routes.values()):
        yield from _route(route)
        yield from route.lightness.rows()
    yield from metrics.lightness.rows()
    for upstream in list(metrics.upstreams.values()):
        for phase in _PHASES:
            histogram = getattr(upstream, phase)
            yield known.UPSTREAM.name, (upstream.name, phase), _value(histogram)
        for reason, count in list(upstream.retries.counts.items()):
            yield known.RETRIES.name, (upstream.name, reason), count
    for name, breaker in list(metrics.breakers.items()):
        yield known.BREAKER.name, (name,), breaker.state
        for (to, reason), count in list(breaker.transitions.items()):
            yield known.TRANSITIONS.name, (name, to, reason), count


def _cache(counts: CacheCounts) -> Iterator[Row]:
    for result in GET:
        yield known.CACHE.name, ("get", result), getattr(counts, result)
    yield known.CACHE.name, ("set", "ok"), counts.stored
    yield known.CACHE.name, ("set", "refused"), counts.unstored
    yield known.CACHE_LOCKED.name, (), counts.locked
    yield known.CACHE_REFRESHES.name, ("ok",), counts.refreshed
    yield known.CACHE_REFRESHES.name, ("error",), counts.unrefreshed


def _route(route: RouteMetrics) -> Iterator[Row]:
    name = (route.name,)
    yield known.IN_FLIGHT.name, name, route.in_flight
    yield known.RECEIVED.name, name, route.received
    yield known.SENT.name, name, route.sent
    yield known.OWN_SHARE.name, name, _value(route.overhead)
    failed = route.refused
    for (method, status), histogram in list(route.durations.items()):
        labels = (method.decode("ascii"), route.name, str(status))
        yield known.DURATION.name, labels, _value(histogram)
        if status >= _SERVER_ERROR:
            failed += histogram.count
    yield known.FAILED.name, name, failed
    for code, count in list(route.errors.items()):
        yield known.ERRORS.name, (route.name, code), count
    for decision, count in list(route.rate_limit.counts.items()):
        yield known.RATE_LIMIT.name, (route.name, decision), count
    for reason, count in list(route.shed.counts.items()):
        yield known.SHED.name, (route.name, reason), count


def _value(histogram: Histogram) -> Value:
    return [histogram.sum, *histogram.counts]
