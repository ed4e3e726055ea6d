"""What happened to workers and configurations, in rows."""

from sidecar.telemetry.operation import Operation
from sidecar.telemetry.snapshot import add
from sidecar.units import Timestamp


def rows(operation):
    found: dict = {}
    add(found, operation.rows())
    return {
        (name.removeprefix("sidecar_"), *labels): value
        for name, series in found.items()
        for labels, value in series.items()
    }


def test_at_the_start():
    assert rows(Operation(Timestamp(1000.0))) == {
        ("workers",): 1,
        ("config_generation",): 1,
        ("config_last_reload_successful",): 1,
        ("config_last_reload_success_timestamp_seconds",): 1000.0,
        ("config_last_reload_seconds",): 0.0,
    }


def test_after_a_while():
    found = rows(
        Operation(
            Timestamp(2000.0),
            workers=4,
            generation=3,
            successful=False,
            took=0.4,
            restarts={"stalled": 2},
            reloads={"success": 2, "invalid": 1},
        )
    )
    assert found["workers",] == 4
    assert found["worker_restarts_total", "stalled"] == 2
    assert found["config_reloads_total", "success"] == 2
    assert found["config_reloads_total", "invalid"] == 1
    assert found["config_last_reload_successful",] == 0
    assert found["config_last_reload_seconds",] == 0.4
