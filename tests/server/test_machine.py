"""`workers: auto`, from what the machine says."""

import os

import pytest

from sidecar.server.machine import processors, suitable
from sidecar.telemetry.cgroup import Cgroup


@pytest.mark.parametrize(
    ("rule", "limits", "upstreams", "expected"),
    [
        ("beside its application", Cgroup(), ["http://127.0.0.1:3000"], 2),
        ("by its name", Cgroup(), ["http://localhost:3000"], 2),
        ("in IPv6", Cgroup(), ["http://[::1]:3000"], 2),
        ("on a unix socket", Cgroup(), ["unix:/run/app.sock"], 2),
        ("in front of others", Cgroup(), ["http://app:3000"], 6),
        ("in front of both", Cgroup(), ["http://localhost", "http://10.0.0.1"], 6),
        ("with a limit", Cgroup(quota=2.5), ["http://127.0.0.1:3000"], 3),
        ("with little memory", Cgroup(memory=70 << 20), ["http://app"], 1),
    ],
)
def test_count(rule, limits, upstreams, expected):
    assert suitable(limits, upstreams, affinity=6).count == expected


def test_the_affinity_is_that_of_this_process():
    assert processors() == len(os.sched_getaffinity(0))
    assert f"affinity {processors()}" in suitable(Cgroup(), ["http://app"]).reason
