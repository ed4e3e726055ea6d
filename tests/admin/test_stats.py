"""One worker's numbers in one document."""

from functools import partial

import pytest

from sidecar.admin.stats import stats
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.readings import Sources, counted
from sidecar.telemetry.snapshot import add
from sidecar.telemetry.throttling import Throttling
from sidecar.telemetry.totals import merged
from sidecar.units import Timestamp
from tests.telemetry.exchanges import finished, lasting

CALM = Lag(max=0.004, p99=0.001)


def document(*exchanges, lag=CALM, workers=1, throttling=None, **sources):
    metrics = Metrics()
    for exchange in exchanges:
        metrics.observe(exchange)
    snapshot: dict = {}
    add(snapshot, counted(metrics))
    add(snapshot, Sources(loop_lag=lambda: lag, **sources).rows())
    snapshot = merged([("1", snapshot)])
    add(snapshot, Operation(Timestamp(1000.0), workers=workers).rows())
    add(snapshot, Processes(dict, version="1").rows())
    if throttling is not None:
        add(snapshot, throttling.rows())
    return stats(snapshot, uptime=60.5)


def test_before_the_first_request():
    found = document()
    assert found["requests"] == found["errors"] == found["in_flight"] == 0
    assert found["avg"] is found["p50"] is found["p99"] is None
    assert found["recommendations"] == []
    assert found["uptime"] == 60.5
    assert found["workers"] == 1


def test_totals_are_those_of_all_routes():
    found = document(lasting(0.02), lasting(0.04, route="a"), lasting(0.03, route="a"))
    assert found["requests"] == 3
    assert found["avg"] == pytest.approx(30)
    assert found["routes"]["a"]["requests"] == 2
    assert found["routes"]["a"]["avg"] == pytest.approx(35)
    assert 10 <= found["p50"] <= found["p95"] <= found["p99"] <= 50


def test_a_tunnel_is_a_request_and_no_latency():
    found = document(lasting(0.02), lasting(600, status=101))
    assert found["requests"] == 2
    assert found["avg"] == pytest.approx(20)


@pytest.mark.parametrize(
    ("rule", "exchange", "errors"),
    [
        ("fine", finished(), 0),
        ("the client's mistake", finished(status=404), 0),
        ("the upstream's 500", finished(status=500), 1),
        ("our own 504, once", finished(status=504, error="upstream_timeout"), 1),
        ("our own 413", finished(status=413, error="content_too_large"), 1),
        ("cut after its head", finished(status=200, error="upstream_stalled"), 1),
        ("the client left", finished(status=499, error="client_gone"), 1),
    ],
)
def test_errors(rule, exchange, errors):
    assert document(exchange)["errors"] == errors


def test_what_others_keep():
    found = document(
        active_connections=lambda: 7,
        upstreams=lambda: {"app": {"idle": 2}},
        workers=4,
    )
    assert found["active_connections"] == 7
    assert found["upstreams"] == {"app": {"idle": 2}}
    assert found["workers"] == 4
    assert found["loop_lag"] == {"max": 4.0, "p99": 1.0}
    assert found["memory"]["resident"] > 0


FAILED = [finished(status=502) for _ in range(2)]
FINE = [finished() for _ in range(18)]


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        (
            "dropped lines",
            document(access_log_dropped=lambda: 3),
            "3 log lines dropped",
        ),
        ("a late loop", document(lag=Lag(max=0.25, p99=0)), "250 ms late"),
        (
            "refused",
            document(refused=lambda: {"total": 2}),
            "2 client connections refused",
        ),
        (
            "a CPU limit that is too low",
            document(throttling=Throttling(periods=100, throttled=14, seconds=3.0)),
            "in 14% of periods",
        ),
        (
            "a failing route",
            document(*FAILED, *FINE),
            "products: 10% of requests failed",
        ),
    ],
)
def test_facts(rule, said, expected):
    [fact] = said["recommendations"]
    assert expected in fact


@pytest.mark.parametrize(
    ("rule", "exchanges"), [("too few to tell", FAILED), ("all fine", FINE * 2)]
)
def test_no_facts(rule, exchanges):
    assert document(*exchanges)["recommendations"] == []


def test_notes_come_first():
    said = stats({}, uptime=0.0, notes=["Fewer."])
    assert said["recommendations"] == ["Fewer."]


def test_each_worker_by_itself():
    parts = []
    for label, count in (("1", 3), ("2", 4)):
        part: dict = {}
        lag = partial(Lag, max=count / 100, p99=0.0)
        add(part, Sources(partial(int, count), loop_lag=lag).rows())
        parts.append((label, part))
    found = stats(merged(parts), uptime=1.0)
    assert found["active_connections"] == 7
    assert found["by_worker"] == {
        "1": {"active_connections": 3, "memory": 0, "loop_lag": 30.0},
        "2": {"active_connections": 4, "memory": 0, "loop_lag": 40.0},
    }
