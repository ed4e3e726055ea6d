"""What one exchange counts, and that labels stay few whatever is sent."""

import random

import pytest

from sidecar.telemetry.metrics import BEYOND, NAMES, OTHER, SERIES, Metrics
from tests.telemetry.exchanges import finished, head, lasting


def observed(*exchanges):
    metrics = Metrics()
    for exchange in exchanges:
        metrics.observe(exchange)
    return metrics


@pytest.mark.parametrize(
    ("rule", "method", "status", "series"),
    [
        ("a known method", b"GET", 200, (b"GET", 200)),
        ("an unknown method", b"BREW", 200, (OTHER, 200)),
        ("methods are case-sensitive", b"get", 200, (OTHER, 200)),
        ("the client left", b"GET", 499, (b"GET", 499)),
        ("an unregistered status", b"GET", 599, (b"GET", 599)),
        ("no status was sent", b"GET", 0, (b"GET", 500)),
        ("no status of HTTP", b"GET", 999, (b"GET", 500)),
    ],
)
def test_series(rule, method, status, series):
    metrics = observed(finished(request=head(method), status=status))
    assert list(metrics.route("products").durations) == [series]


def test_an_exchange_counts_in_its_route_and_upstream():
    metrics = observed(lasting(0.02, received=200, sent=1000, connect=0.001))
    route = metrics.route("products")
    [duration] = route.durations.values()
    upstream = metrics.upstream("default")
    assert duration.sum == pytest.approx(0.02)
    assert (route.received, route.sent) == (200, 1000)
    assert upstream.connect.count == upstream.first_byte.count == 1
    assert upstream.first_byte.sum == pytest.approx(0.012)


def test_a_phase_that_did_not_happen_is_not_counted():
    upstream = observed(finished(connect=None)).upstream("default")
    assert upstream.connect.count == 0


def test_an_exchange_that_never_reached_an_upstream_makes_no_upstream():
    assert not observed(finished(upstream=None, attempts=0)).upstreams


def test_in_flight_is_moved_by_the_pipeline():
    metrics = Metrics()
    metrics.route("products").in_flight += 1
    assert metrics.route("products").in_flight == 1


@pytest.mark.parametrize(
    ("rule", "exchange", "ours"),
    [
        ("what no phase explains", lasting(0.02), 0.002),
        ("all of what we answer", lasting(0.001, upstream=None, attempts=0), 0.001),
        ("rounding is not negative", lasting(0.001), 0.0),
        ("nor is a wait for another", lasting(9, waited=8.9995, upstream=None), 0.0005),
        ("who then asks itself", lasting(1.02, waited=1), 0.002),
        ("an upload takes the client's time", lasting(9, received=200), None),
        ("an attempt before took time too", lasting(9, attempts=2), None),
        ("a failed phase has no duration", lasting(9, error="upstream_timeout"), None),
        ("a tunnel lives long", lasting(9, status=101), None),
    ],
)
def test_overhead(rule, exchange, ours):
    overhead = observed(exchange).route("products").overhead
    assert overhead.count == (ours is not None)
    assert overhead.sum == pytest.approx(ours or 0.0)


def test_errors_count_by_code_and_those_below_500_once_more():
    timeout = finished(error="upstream_timeout", status=504)
    large = finished(error="content_too_large", status=413)
    route = observed(timeout, timeout, large).route("products")
    assert route.errors == {"upstream_timeout": 2, "content_too_large": 1}
    assert route.refused == 1


def size(metrics):
    routes = metrics.routes.values()
    return len(routes), sum(len(route.durations) for route in routes)


def test_a_million_paths_and_methods_make_no_more_series():
    chance = random.Random(7)
    metrics = Metrics()
    exchange = finished()
    letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for number in range(1_000_000):
        method = bytes(chance.choices(letters, k=3)) if number % 3 else b"GET"
        exchange.request.method = method
        exchange.request.target = b"/user/%d" % number
        exchange.status = number % 1000
        metrics.observe(exchange)
    routes, series = size(metrics)
    assert routes == 1
    assert SERIES < series <= SERIES + 5  # the x00 of each class
    assert sum(h.count for h in metrics.route("products").durations.values()) == 10**6


def test_names_that_no_file_has_are_counted_together():
    metrics = Metrics()
    for number in range(NAMES + 50):
        metrics.observe(finished(route=f"r{number}", upstream=f"u{number}"))
    assert len(metrics.routes) == len(metrics.upstreams) == NAMES + 1
    assert metrics.route(BEYOND).sent == 50 * 1000


def test_error_codes_are_bounded():
    metrics = observed(*(finished(error=f"e{n}", status=502) for n in range(100)))
    errors = metrics.route("products").errors
    assert len(errors) == SERIES + 1
    assert errors[BEYOND] == 100 - SERIES
