"""The families of processes are part of the one table."""

from sidecar.telemetry.families import BY_NAME
from sidecar.telemetry.host_families import FAMILIES, WORKER_FDS, WORKERS


def test_the_table_of_all_has_them():
    assert {WORKERS, WORKER_FDS} < set(FAMILIES)
    assert all(BY_NAME[one.name] is one for one in FAMILIES)


def test_none_speaks_of_a_route():
    assert not any("route" in one.labels for one in FAMILIES)
