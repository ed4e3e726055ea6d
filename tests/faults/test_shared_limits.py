"""A limit means the same with two workers, and workers that are killed forget nothing."""

import os
import signal
from collections import Counter

import psutil

from tests.conftest import Start
from tests.harness.client import get
from tests.harness.sidecar import Sidecar, await_condition

LIMIT, REQUESTS = 20, 60
CONFIG = {
    "workers": 2,
    "defaults": {"rate_limit": {"rate": f"{LIMIT}/1h", "by": "ip"}},
}


def statuses(sidecar: Sidecar) -> Counter[int]:
    return Counter(get(sidecar.port, b"/file").status for _ in range(REQUESTS))


def children(sidecar: Sidecar) -> set[int]:
    return {child.pid for child in psutil.Process(sidecar.pid).children()}


def test_a_limit_of_all_workers(own_sidecar: Start) -> None:
    sidecar = own_sidecar(CONFIG)
    assert statuses(sidecar) == {200: LIMIT, 429: REQUESTS - LIMIT}
    before = children(sidecar)
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    await_condition(
        lambda: len(children(sidecar)) == len(before) and not children(sidecar) & before
    )
    assert statuses(sidecar) == {429: REQUESTS}
