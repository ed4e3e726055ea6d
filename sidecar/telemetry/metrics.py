"""Metrics: plain numbers that the request path counts, one lookup a request.

Families are made of them only when someone asks (`telemetry.exposition`).
Labels are bounded whatever clients and upstreams send: routes, upstreams and
error codes come from the file and the code, methods from a list, and a route
counts at most `SERIES` pairs of method and status; the rest counts as OTHER
and as the x00 of its class (RFC 9110 §15). One event loop writes.
"""

from typing import Final

from sidecar.telemetry.cache_counts import CacheCounts
from sidecar.telemetry.finished import Finished
from sidecar.telemetry.histogram import OVERHEAD, PHASE, REQUEST, Histogram
from sidecar.telemetry.lightness import Lightness, RouteLightness

METHODS: Final = frozenset(
    b"GET HEAD POST PUT DELETE PATCH OPTIONS CONNECT TRACE".split()
)
OTHER: Final = b"OTHER"
# A route of an ordinary application knows a dozen; 19 lines of exposition each.
SERIES: Final = 48
# Names beyond come from no file that a person wrote.
NAMES: Final = 1000
BEYOND: Final = "other"

_SERVER_ERROR: Final = 500


class Tally:
    """Counts by a word of a closed set."""

    __slots__ = ("counts",)

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}

    def count(self, word: str) -> None:
        self.counts[word] = self.counts.get(word, 0) + 1


class RouteMetrics:
    """What one route counts. `in_flight` is the pipeline's to move."""

    __slots__ = (
        "durations",
        "errors",
        "in_flight",
        "lightness",
        "name",
        "overhead",
        "rate_limit",
        "received",
        "refused",
        "sent",
        "shed",
    )

    def __init__(self, name: str, lightness: Lightness) -> None:
        self.name = name
        self.lightness = RouteLightness(name, lightness)
        self.in_flight = 0
        self.durations: dict[tuple[bytes, int], Histogram] = {}
        self.overhead = Histogram(OVERHEAD)
        self.received = 0
        self.sent = 0
        self.errors: dict[str, int] = {}
        self.rate_limit = Tally()
        self.shed = Tally()
        self.refused = 0  # our own errors below 500: others are in `durations`

    def series(self, method: bytes, status: int) -> Histogram:
        """The histogram that counts this pair, made if there is room for it."""
        method = method if method in METHODS else OTHER
        status = status if 100 <= status <= 599 else _SERVER_ERROR  # noqa: PLR2004
        if (method, status) not in self.durations and len(self.durations) >= SERIES:
            method, status = OTHER, status // 100 * 100
        return self.durations.setdefault((method, status), Histogram(REQUEST))

    def failed(self, code: str, status: int) -> None:
        if code not in self.errors and len(self.errors) >= SERIES:
            code = BEYOND
        self.errors[code] = self.errors.get(code, 0) + 1
        self.refused += status < _SERVER_ERROR


class UpstreamMetrics:
    """How long one upstream kept requests, by phase."""

    __slots__ = ("body", "connect", "first_byte", "name", "queue", "retries")

    def __init__(self, name: str) -> None:
        self.name = name
        self.queue = Histogram(PHASE)
        self.connect = Histogram(PHASE)
        self.first_byte = Histogram(PHASE)
        self.body = Histogram(PHASE)
        self.retries = Tally()


class BreakerMetrics:
    """`state` is 0 closed, 1 half-open, 2 open."""

    __slots__ = ("state", "transitions")

    def __init__(self) -> None:
        self.state = 0
        self.transitions: dict[tuple[str, str], int] = {}

    def changed(self, state: int, to: str, reason: str) -> None:
        self.state = state
        self.transitions[to, reason] = self.transitions.get((to, reason), 0) + 1


class Metrics:
    """All that one worker counts."""

    def __init__(self) -> None:
        self.cache = CacheCounts()
        self.routes: dict[str, RouteMetrics] = {}
        self.lightness = Lightness()
        self.upstreams: dict[str, UpstreamMetrics] = {}
        self.breakers: dict[str, BreakerMetrics] = {}

    def route(self, name: str) -> RouteMetrics:
        """The route's numbers, made at assembly."""
        if name not in self.routes and len(self.routes) >= NAMES:
            name = BEYOND
        return self.routes.setdefault(name, RouteMetrics(name, self.lightness))

    def upstream(self, name: str) -> UpstreamMetrics:
        if name not in self.upstreams and len(self.upstreams) >= NAMES:
            name = BEYOND
        return self.upstreams.setdefault(name, UpstreamMetrics(name))

    def breaker(self, name: str) -> BreakerMetrics:
        if name not in self.breakers and len(self.breakers) >= NAMES:
            name = BEYOND
        return self.breakers.setdefault(name, BreakerMetrics())

    def observe(self, finished: Finished) -> None:
        """Count one exchange, once, when it is over."""
        route = self.routes.get(finished.route) or self.route(finished.route)
        status = finished.status
        took = finished.ended - finished.started
        method = finished.request.method
        durations = route.durations.get((method, status)) or route.series(
            method, status
        )
        durations.observe(took)
        received = finished.received
        route.received += received
        route.sent += finished.sent
        upstream = finished.upstream
        ours = took - finished.waited
        if upstream is not None:
            ours -= self._phases(finished, upstream)
        error = finished.error
        if error is not None:
            route.failed(error, status)
        # A client's upload and an attempt that failed take time in no phase,
        # and it is not ours; a tunnel ends when its ends like.
        elif not received and finished.attempts <= 1 and status != 101:  # noqa: PLR2004
            route.overhead.observe(max(ours, 0.0))

    def _phases(self, finished: Finished, name: str) -> float:
        """Count the phases at the upstream; how long they took together."""
        upstream = self.upstreams.get(name) or self.upstream(name)
        total = 0.0
        if (took := finished.queue) is not None:
            upstream.queue.observe(took)
            total = took
        if (took := finished.connect) is not None:
            upstream.connect.observe(took)
            total += took
        if (took := finished.first_byte) is not None:
            upstream.first_byte.observe(took)
            total += took
        if (took := finished.body) is not None:
            upstream.body.observe(took)
            total += took
        return total
