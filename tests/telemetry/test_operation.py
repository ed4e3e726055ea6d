"""What happened to workers and configurations, in rows."""

import pytest

from sidecar.telemetry.operation import Operation, Reload, Restart
from sidecar.telemetry.snapshot import add


def rows(operation):
    found: dict = {}
    add(found, operation.rows())
    return {
        (name.removeprefix("sidecar_"), *labels): value
        for name, series in found.items()
        for labels, value in series.items()
    }


def test_at_the_start():
    found = rows(Operation(workers=lambda: 2, clock=lambda: 1000.0))
    assert found["workers",] == 2
    assert found["config_generation",] == 1
    assert found["config_last_reload_successful",] == 1
    assert found["config_last_reload_success_timestamp_seconds",] == 1000.0
    assert all(found["worker_restarts_total", reason] == 0 for reason in Restart)
    assert all(found["config_reloads_total", result] == 0 for result in Reload)


@pytest.mark.parametrize(
    ("rule", "result", "ok", "generation", "loaded", "took"),
    [
        ("a new one in effect", Reload.SUCCESS, 1, 2, 2000.0, 0.4),
        ("nothing new", Reload.UNCHANGED, 1, 1, 1000.0, 0.0),
        ("a mistake in the file", Reload.INVALID, 0, 1, 1000.0, 0.0),
        ("no worker starts with it", Reload.FAILED, 0, 1, 1000.0, 0.0),
    ],
)
def test_a_reload(rule, result, ok, generation, loaded, took):
    times = iter([1000.0, 2000.0])
    operation = Operation(clock=lambda: next(times))
    operation.reloaded(result, 0.4)
    found = rows(operation)
    assert found["config_reloads_total", result] == 1
    assert found["config_last_reload_successful",] == ok
    assert found["config_generation",] == generation
    assert found["config_last_reload_success_timestamp_seconds",] == loaded
    assert found["config_last_reload_seconds",] == took


def test_restarts_are_counted_by_reason():
    operation = Operation()
    operation.restarted(Restart.KILLED)
    operation.restarted(Restart.KILLED)
    found = rows(operation)
    assert found["worker_restarts_total", "killed"] == 2
    assert found["worker_restarts_total", "stalled"] == 0
