"""One worker's numbers in one document."""

import pytest

from sidecar.admin.stats import Stats
from sidecar.telemetry.exposition import Sources
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics
from tests.telemetry.exchanges import Exchange, lasting

CALM = Lag(max=0.004, p99=0.001)


def stats(*exchanges, lag=CALM, **sources):
    metrics = Metrics()
    for exchange in exchanges:
        metrics.observe(exchange)
    return Stats(
        metrics, Sources(**sources), lag=lambda: lag, uptime=lambda: 60.5
    ).document()


def test_before_the_first_request():
    document = stats()
    assert document["requests"] == document["errors"] == document["in_flight"] == 0
    assert document["avg"] is document["p50"] is document["p99"] is None
    assert document["recommendations"] == []
    assert document["uptime"] == 60.5
    assert document["workers"] == 1


def test_totals_are_those_of_all_routes():
    document = stats(lasting(0.02), lasting(0.04, route="a"), lasting(0.03, route="a"))
    assert document["requests"] == 3
    assert document["avg"] == pytest.approx(30)
    assert document["routes"]["a"]["requests"] == 2
    assert document["routes"]["a"]["avg"] == pytest.approx(35)
    assert 10 <= document["p50"] <= document["p95"] <= document["p99"] <= 50


def test_a_tunnel_is_a_request_and_no_latency():
    document = stats(lasting(0.02), lasting(600, status=101))
    assert document["requests"] == 2
    assert document["avg"] == pytest.approx(20)


@pytest.mark.parametrize(
    ("rule", "exchange", "errors"),
    [
        ("fine", Exchange(), 0),
        ("the client's mistake", Exchange(status=404), 0),
        ("the upstream's 500", Exchange(status=500), 1),
        ("our own 504, once", Exchange(status=504, error="upstream_timeout"), 1),
        ("our own 413", Exchange(status=413, error="content_too_large"), 1),
        ("cut after its head", Exchange(status=200, error="upstream_stalled"), 1),
        ("the client left", Exchange(status=499, error="client_gone"), 1),
    ],
)
def test_errors(rule, exchange, errors):
    assert stats(exchange)["errors"] == errors


def test_what_others_keep():
    document = stats(
        active_connections=lambda: 7,
        upstreams=lambda: {"app": {"idle": 2}},
        workers=lambda: 4,
    )
    assert document["active_connections"] == 7
    assert document["upstreams"] == {"app": {"idle": 2}}
    assert document["workers"] == 4
    assert document["loop_lag"] == {"max": 4.0, "p99": 1.0}
    assert document["memory"]["resident"] > 0


FAILED = [Exchange(status=502) for _ in range(2)]
FINE = [Exchange() for _ in range(18)]


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("dropped lines", stats(access_log_dropped=lambda: 3), "3 log lines dropped"),
        ("a late loop", stats(lag=Lag(max=0.25, p99=0)), "250 ms late"),
        (
            "refused",
            stats(refused=lambda: {"total": 2}),
            "2 client connections refused",
        ),
        ("a failing route", stats(*FAILED, *FINE), "products: 10% of requests failed"),
    ],
)
def test_facts(rule, said, expected):
    [fact] = said["recommendations"]
    assert expected in fact


@pytest.mark.parametrize(
    ("rule", "exchanges"), [("too few to tell", FAILED), ("all fine", FINE * 2)]
)
def test_no_facts(rule, exchanges):
    assert stats(*exchanges)["recommendations"] == []
