"""One set of totals over all workers, whatever happens to one of them."""

import contextlib
import os
import signal
from collections.abc import Mapping
from functools import partial

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import Start
from tests.harness.client import get, victim
from tests.harness.sidecar import Sidecar, await_condition

REQUESTS = 40
RISING = ("_total", "_count", "_bucket", "_sum")
Samples = Mapping[tuple[str, frozenset[tuple[str, str]]], float]


@pytest.fixture
def pair(own_sidecar: Start) -> Sidecar:
    return own_sidecar({"workers": 2})


def samples(sidecar: Sidecar) -> Samples:
    text = get(sidecar.health, b"/metrics").responses[0].body.decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def total(found: Samples, name: str) -> float:
    return sum(value for (one, _), value in found.items() if one == name)


def served(sidecar: Sidecar) -> float:
    return total(samples(sidecar), "http_request_duration_seconds_count")


def listening(sidecar: Sidecar, port: int) -> set[int]:
    """The process ids of the children that accept connections on `port`."""
    found = set()
    for child in psutil.Process(sidecar.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            for one in child.net_connections("tcp"):
                if one.status == psutil.CONN_LISTEN and one.laddr.port == port:
                    found.add(child.pid)
    return found


def test_all_workers_are_one(pair: Sidecar) -> None:
    for _ in range(REQUESTS):
        victim(pair.port)
    await_condition(lambda: served(pair) == REQUESTS)
    found = samples(pair)
    assert total(found, "sidecar_workers") == 2
    assert len([1 for name, _ in found if name == "sidecar_worker_connections"]) == 2
    assert total(found, "sidecar_connections_total") == REQUESTS
    assert found["sidecar_shared_faults_total", frozenset({("reason", "full")})] == 0


def test_totals_never_fall_when_workers_are_killed(pair: Sidecar) -> None:
    before: Samples = {}
    for kills in range(1, 5):
        for _ in range(REQUESTS):
            victim(pair.port)
        await_condition(partial(_has_served, pair, kills * REQUESTS))
        found = samples(pair)
        fallen = {
            key: (value, found.get(key, 0.0))
            for key, value in before.items()
            if key[0].endswith(RISING) and found.get(key, 0.0) < value
        }
        assert not fallen
        before = found
        os.kill(min(listening(pair, pair.port)), signal.SIGKILL)
        await_condition(partial(_is_whole_again, pair, kills))
    assert served(pair) == 4 * REQUESTS


def _has_served(sidecar: Sidecar, requests: int) -> bool:
    return served(sidecar) == requests


def _is_whole_again(sidecar: Sidecar, restarts: int) -> bool:
    found = samples(sidecar)
    return (
        total(found, "sidecar_worker_restarts_total") == restarts
        and total(found, "sidecar_workers") == 2
    )


def test_totals_outlive_who_adds_them_up(pair: Sidecar) -> None:
    for _ in range(REQUESTS):
        victim(pair.port)
    await_condition(partial(_has_served, pair, REQUESTS))
    for one in sorted(listening(pair, pair.port)):
        os.kill(one, signal.SIGKILL)
    await_condition(partial(_is_whole_again, pair, 2))
    [desk] = listening(pair, pair.health)
    os.kill(desk, signal.SIGKILL)
    await_condition(lambda: bool(listening(pair, pair.health) - {desk}))
    await_condition(partial(_has_served, pair, REQUESTS))
