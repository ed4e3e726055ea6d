"""A limit means the same with two workers, and workers that are killed forget nothing."""

import os
import signal
from collections import Counter

import psutil

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin, Wait, reply
from tests.harness.sidecar import Sidecar, await_condition

LIMIT, REQUESTS = 20, 60
MOST = 3
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


def test_requests_of_a_user_that_all_workers_have(
    own_sidecar: Start, origin: Origin
) -> None:
    origin.script(b"/slow", (Wait("go"), reply(b"at last")))
    sidecar = own_sidecar(
        {
            "workers": 3,
            "defaults": {"concurrency": {"max": 99, "per_user": MOST}},
        }
    )
    inside: list[Client] = []
    for number in range(4 * MOST):
        client = Client(sidecar.port)
        client.send(b"GET /slow HTTP/1.1\r\nHost: t\r\n\r\n")
        if number < MOST:
            inside.append(client)
            assert origin.wait_for(lambda: len(origin.received) == len(inside))
        else:
            assert client.read(1).status == 429
            client.close()
    assert len(origin.received) == MOST
    origin.release("go")
    for client in inside:
        assert client.read(1).status == 200
        client.close()
    await_condition(lambda: get(sidecar.port, b"/file").status == 200)
