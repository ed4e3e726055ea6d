"""Rows of what one worker counts and holds."""

from sidecar.policy.pressure import LAG, MEMORY, GivenUp, Level, Pressure
from sidecar.telemetry.loop_lag import Lag
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.readings import (
    Sources,
    counted,
    operations,
    pressed,
    shared,
    tier,
)
from sidecar.telemetry.snapshot import add, decode, encode
from tests.telemetry.exchanges import lasting


def snapshot(rows):
    """As it arrives on the other side."""
    found: dict = {}
    add(found, decode(encode(rows)))
    return found


def test_what_was_counted():
    metrics = Metrics()
    metrics.route("products").in_flight = 2
    metrics.observe(lasting(0.02, connect=0.001))
    metrics.observe(lasting(0.3, status=504, error="upstream_timeout", sent=50))
    metrics.observe(lasting(0.3, status=413, error="content_too_large", sent=50))
    found = snapshot(counted(metrics))
    assert found["http_requests_in_flight"] == {("products",): 2}
    assert found["sidecar_response_bytes_total"] == {("products",): 1100}
    assert found["sidecar_failed_requests_total"] == {("products",): 2}
    assert found["sidecar_errors_total"] == {
        ("products", "upstream_timeout"): 1,
        ("products", "content_too_large"): 1,
    }
    durations = found["http_request_duration_seconds"]
    assert set(durations) == {
        ("GET", "products", code) for code in ("200", "504", "413")
    }
    total, *buckets = durations["GET", "products", "200"]
    assert round(total, 6) == 0.02
    assert sum(buckets) == 1
    phases = found["sidecar_upstream_duration_seconds"]
    assert {phase: sum(phases["default", phase][1:]) for _, phase in phases} == {
        "queue": 3,
        "connect": 1,
        "first_byte": 3,
        "body": 3,
    }


def test_what_others_keep():
    found = snapshot(
        Sources(
            active_connections=lambda: 3,
            connections=lambda: 40,
            refused=lambda: {"total": 2},
            upstreams=lambda: {"app": {"idle": 4}},
            access_log_dropped=lambda: 7,
            loop_lag=lambda: Lag(max=0.5, p99=0.1),
        ).rows()
    )
    assert found == {
        "active_connections": {(): 3},
        "sidecar_worker_connections": {(): 3},
        "sidecar_connections_total": {(): 40},
        "sidecar_connections_refused_total": {("total",): 2},
        "sidecar_upstream_connections": {("app", "idle"): 4},
        "sidecar_access_log_dropped_total": {(): 7},
        "sidecar_event_loop_lag_seconds": {(): 0.5},
        "sidecar_event_loop_lag_p99_seconds": {(): 0.1},
        "sidecar_worker_event_loop_lag_seconds": {(): 0.5},
    }


def test_how_near_a_worker_is_to_its_limits():
    pressure = Pressure()
    pressure.feel(LAG[Level.COMPRESSION])
    pressure.hold(MEMORY[Level.LEVELS])
    pressure.gave_up(GivenUp.COMPRESSION)
    found = snapshot(pressed(pressure))
    assert found["sidecar_pressure"] == {("loop",): 2.0, ("memory",): 1.0}
    assert found["sidecar_pressure_level"] == {(): 2}
    assert found["sidecar_given_up_total"] == {
        (what,): int(what == "compression") for what in GivenUp
    }


def test_what_is_shared():
    assert snapshot(shared([("full", 2), ("corrupt", 0)], 7)) == {
        "sidecar_shared_faults_total": {("full",): 2, ("corrupt",): 0},
        "sidecar_shared_forgotten_total": {(): 7},
    }


def test_tiers_of_the_cache():
    assert snapshot(tier("memory", (1, 2000), {"evicted": 3})) == {
        "sidecar_cache_entries": {("memory",): 1},
        "sidecar_cache_bytes": {("memory",): 2000},
        "sidecar_cache_tier_events_total": {("memory", "evicted"): 3},
    }
    assert snapshot(tier("redis", None, {"late": 1})) == {
        "sidecar_cache_tier_events_total": {("redis", "late"): 1},
    }
    assert snapshot(operations({("disk", "get", "miss"): 5})) == {
        "sidecar_cache_tier_operations_total": {("disk", "get", "miss"): 5},
    }


def test_counting_goes_on_while_rows_are_read():
    metrics = Metrics()
    metrics.observe(lasting(0.02))
    rows = counted(metrics)
    seen = [next(rows)]
    for status in range(200, 240):
        metrics.observe(lasting(0.02, status=status))
        metrics.observe(lasting(0.02, route=str(status), upstream=str(status)))
    seen += rows
    assert len(snapshot(seen)["http_request_duration_seconds"]) >= 1
