"""Exposition: what /metrics says, in the text format or OpenMetrics.

A custom collector turns plain numbers into families when someone asks; the
registry is our own and nothing is global. `FAMILIES` declares every name: a
test holds docs/observability.md against it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from sidecar.telemetry import process
from sidecar.telemetry.histogram import OVERHEAD, PHASE, REQUEST, Histogram
from sidecar.telemetry.metrics import Metrics
from sidecar.units import Seconds


def _zero() -> int:
    return 0


def _one() -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Sources:
    """Numbers that others keep, read at each scrape and by /stats."""

    active_connections: Callable[[], int] = _zero
    connections: Callable[[], int] = _zero
    """Accepted since the start."""
    refused: Callable[[], Mapping[str, int]] = field(default=dict)
    """Connections refused since the start, by reason."""
    upstreams: Callable[[], Mapping[str, Mapping[str, int]]] = field(default=dict)
    """Connections of each upstream, by state: active, idle …"""
    access_log_dropped: Callable[[], int] = _zero
    loop_lag: Callable[[], Seconds] = _zero
    """The largest of the last minute."""
    workers: Callable[[], int] = _one


class Exposition:
    """Renders the metrics of one worker."""

    def __init__(self, metrics: Metrics, sources: Sources, *, version: str) -> None:
        self._metrics = metrics
        self._sources = sources
        self._version = version

    def render(self, accept: str) -> tuple[bytes, str]:
        """Return the content and its Content-Type, as the Accept field asks."""
        return self.prepare(accept)()

    def prepare(self, accept: str) -> Callable[[], tuple[bytes, str]]:
        """Read what others keep, here and now; what is left to do suits a thread."""
        encode, content_type = choose_encoder(accept)
        registry = CollectorRegistry(auto_describe=False)
        registry.register(_Families(self._metrics, self._sources, self._version))
        return lambda: (encode(registry), content_type)


class _Families(Collector):
    """The families of one scrape."""

    def __init__(self, metrics: Metrics, sources: Sources, version: str) -> None:
        self._metrics = metrics
        self._version = version
        self._active = sources.active_connections()
        self._accepted = sources.connections()
        self._refused = dict(sources.refused())
        self._connections = {
            name: dict(states) for name, states in sources.upstreams().items()
        }
        self._dropped = sources.access_log_dropped()
        self._lag = sources.loop_lag()
        self._workers = sources.workers()

    def collect(self) -> Iterator[Metric]:
        yield from self._requests()
        yield from self._upstreams()
        yield from self._server()
        yield from _process()

    def _requests(self) -> Iterator[Metric]:
        durations = _histogram(
            "http_request_duration_seconds",
            "From the request head to the end of the response.",
            ["method", "route", "status_code"],
        )
        in_flight = _gauge(
            "http_requests_in_flight", "Requests not yet answered.", ["route"]
        )
        overhead = _histogram(
            "sidecar_overhead_seconds",
            "The sidecar's own share: what no phase at the upstream explains.",
            ["route"],
        )
        received = _counter(
            "sidecar_request_bytes", "Bytes of request bodies.", ["route"]
        )
        sent = _counter(
            "sidecar_response_bytes", "Bytes of response bodies.", ["route"]
        )
        errors = _counter(
            "sidecar_errors", "Answers of our own, and cut ones.", ["route", "code"]
        )
        # Copies in one step: the loop adds series while a thread renders.
        for route in list(self._metrics.routes.values()):
            name = [route.name]
            in_flight.add_metric(name, route.in_flight)
            received.add_metric(name, route.received)
            sent.add_metric(name, route.sent)
            _add(overhead, name, route.overhead, _OVERHEAD)
            for (method, status), histogram in list(route.durations.items()):
                labels = [method.decode(), route.name, str(status)]
                _add(durations, labels, histogram, _REQUEST)
            for code, count in list(route.errors.items()):
                errors.add_metric([route.name, code], count)
        yield from (durations, in_flight, overhead, received, sent, errors)

    def _upstreams(self) -> Iterator[Metric]:
        phases = _histogram(
            "sidecar_upstream_duration_seconds",
            "Time at the upstream by phase.",
            ["upstream", "phase"],
        )
        for upstream in list(self._metrics.upstreams.values()):
            for phase in ("queue", "connect", "first_byte", "body"):
                histogram = getattr(upstream, phase)
                _add(phases, [upstream.name, phase], histogram, _PHASE)
        yield phases
        connections = _gauge(
            "sidecar_upstream_connections",
            "Connections to the upstream by state.",
            ["upstream", "state"],
        )
        for name, states in self._connections.items():
            for state, count in states.items():
                connections.add_metric([name, state], count)
        yield connections

    def _server(self) -> Iterator[Metric]:
        yield GaugeMetricFamily(
            "active_connections",
            "Open client connections.",
            self._active,
        )
        yield CounterMetricFamily(
            "sidecar_connections",
            "Client connections accepted.",
            self._accepted,
        )
        refused = _counter(
            "sidecar_connections_refused", "Client connections refused.", ["reason"]
        )
        for reason, count in self._refused.items():
            refused.add_metric([reason], count)
        yield refused
        yield CounterMetricFamily(
            "sidecar_access_log_dropped",
            "Log lines dropped because nobody read them.",
            self._dropped,
        )
        yield GaugeMetricFamily(
            "sidecar_event_loop_lag_seconds",
            "The latest that the event loop was within the last minute.",
            self._lag,
        )
        yield GaugeMetricFamily("sidecar_workers", "Workers.", self._workers)
        build = _gauge("sidecar_build_info", "Always 1.", ["version"])
        build.add_metric([self._version], 1)
        yield build


def _process() -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "process_resident_memory_bytes", "Physical memory.", process.resident()
    )
    yield GaugeMetricFamily(
        "process_virtual_memory_bytes", "Virtual memory.", process.virtual()
    )
    yield CounterMetricFamily(
        "process_cpu_seconds", "Processor time, user and system.", process.cpu()
    )
    yield GaugeMetricFamily(
        "process_open_fds", "Open file descriptors.", process.open_fds()
    )
    yield GaugeMetricFamily(
        "process_max_fds", "Limit of open file descriptors.", process.max_fds()
    )
    yield GaugeMetricFamily(
        "process_start_time_seconds",
        "When the process started, since the epoch.",
        process.started(),
    )


def _counter(name: str, text: str, labels: list[str]) -> CounterMetricFamily:
    return CounterMetricFamily(name, text, labels=labels)


def _gauge(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, labels=labels)


def _histogram(name: str, text: str, labels: list[str]) -> HistogramMetricFamily:
    return HistogramMetricFamily(name, text, labels=labels)


def _bounds(bounds: tuple[Seconds, ...]) -> list[str]:
    return [*(repr(bound) for bound in bounds), "+Inf"]


_REQUEST, _OVERHEAD, _PHASE = _bounds(REQUEST), _bounds(OVERHEAD), _bounds(PHASE)


def _add(
    family: HistogramMetricFamily,
    labels: list[str],
    histogram: Histogram,
    bounds: list[str],
) -> None:
    buckets = list(zip(bounds, histogram.cumulative(), strict=True))
    family.add_metric(labels, buckets, histogram.sum)
