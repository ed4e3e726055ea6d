"""P1, P2: workers that are killed, stand still, or lose their parent, under load."""

import os
import random
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.origin import Origin
from tests.harness.ports import reserved_port
from tests.harness.processes import children, lives, workers
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.surge import Surge, backend_of

# `make soak` asks for more.
TIMES = int(os.environ.get("SOAK", "1"))
KILLS = 20 * TIMES
"""Of each engine."""
CLIENTS = 8
QUIET = {"telemetry": {"access_log": "off"}}


def metrics(sidecar: Sidecar) -> bytes:
    return bytes(get(sidecar.health, b"/metrics").responses[0].body)


def is_back(sidecar: Sidecar, killed: int) -> bool:
    """Whether as many serve as before."""
    return killed not in children(sidecar.pid) and len(workers(sidecar)) == 2


def lost_of(*surges: Surge) -> Counter[str]:
    """Copied first, for they go on and may lose something of another kind meanwhile."""
    return sum((surge.tally.lost.copy() for surge in surges), Counter())


@pytest.mark.timeout(120 * TIMES + 300)
def test_a_killed_worker_takes_along_what_it_had_in_flight_and_no_more(
    own_sidecar: Start,
) -> None:
    chance = random.Random(4)
    slowest = 0.0
    with (
        Surge(clients=CLIENTS, pace=800) as kept,
        Surge(clients=CLIENTS, pace=400, fresh=True) as new,
    ):
        sidecar = own_sidecar({**QUIET, **backend_of(kept), "workers": 2})
        kept.begin(sidecar.port)
        new.begin(sidecar.port)
        for kill in range(1, KILLS + 1):
            victim = chance.choice(workers(sidecar))
            os.kill(victim, signal.SIGKILL)
            began = time.monotonic()
            await_condition(partial(is_back, sidecar, victim))
            slowest = max(slowest, time.monotonic() - began)
            cut = lost_of(kept, new)
            # Each client has one request under way at most.
            assert cut.total() <= kill * 2 * CLIENTS, (kill, cut)
    lost = lost_of(kept, new)
    assert not any(why.startswith("connect") for why in lost), lost
    assert kept.tally.answered + new.tally.answered > KILLS * 20
    sent = kept.tally.sent + new.tally.sent
    sys.stdout.write(
        f"{KILLS} kills: lost {dict(lost)} of {sent}, back within {slowest:.2f} s\n"
    )


def test_no_orphan_keeps_the_port(own_sidecar: Start) -> None:
    with Surge(clients=CLIENTS) as surge:
        listen = {"listen": f"127.0.0.1:{reserved_port()}"}
        sidecar = own_sidecar({**QUIET, **backend_of(surge), **listen, "workers": 2})
        surge.begin(sidecar.port)
        await_condition(lambda: surge.tally.answered > 100)
        family = children(sidecar.pid)
        sidecar.signal(signal.SIGKILL)
        sidecar.wait()
        await_condition(lambda: not any(map(lives, family)))
    with socket.create_server(("127.0.0.1", sidecar.port)):
        pass


@pytest.fixture
def any_sidecar(shared_origin: Origin, tmp_path: Path) -> Iterator[Sidecar]:
    """One of two workers, for what has nothing to do with the front door."""
    config = {"workers": 2, "upstreams": {"default": {"url": shared_origin.url}}}
    with Sidecar(config, tmp_path) as sidecar:
        yield sidecar


def test_one_that_stands_still_is_replaced(any_sidecar: Sidecar) -> None:
    sidecar = any_sidecar
    still, other = workers(sidecar)
    os.kill(still, signal.SIGSTOP)
    until = time.monotonic() + 60.0
    while still in children(sidecar.pid):
        assert time.monotonic() < until
        time.sleep(0.2)
    await_condition(lambda: is_back(sidecar, still))
    assert other in workers(sidecar)
    stalled = b'sidecar_worker_restarts_total{reason="stalled"} 1\n'
    await_condition(lambda: stalled in metrics(sidecar))
    await_condition(lambda: '"reason":"stalled"' in sidecar.stderr)
    assert get(sidecar.port).status == 200


def test_a_pause_of_all_of_them_costs_none(any_sidecar: Sidecar) -> None:
    """As when a container is frozen, or a machine sleeps."""
    sidecar = any_sidecar
    before = workers(sidecar)
    family = [sidecar.pid, *children(sidecar.pid)]
    for pid in family:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(11.0)
    for pid in family:
        os.kill(pid, signal.SIGCONT)
    for _ in range(20):
        assert get(sidecar.port).status == 200
    time.sleep(1.5)
    assert workers(sidecar) == before


@pytest.mark.parametrize(
    ("limits", "reason"),
    [({"connections": 10}, "total"), ({"connections_per_ip": 10}, "address")],
)
def test_limits_of_connections_are_those_of_all_workers(
    limits: dict[str, int],
    reason: str,
    shared_origin: Origin,
    tmp_path: Path,
) -> None:
    config = {
        "workers": 2,
        "limits": limits,
        "upstreams": {"default": {"url": shared_origin.url}},
    }
    with Sidecar(config, tmp_path) as sidecar, ExitStack() as stack:
        request = b"GET / HTTP/1.1\r\nHost: t\r\n\r\n"
        for _ in range(10):
            client = stack.enter_context(Client(sidecar.port))
            assert client.ask(request).status == 200
        for _ in range(4):
            client = stack.enter_context(Client(sidecar.port))
            assert client.read().statuses == [503]
        refused = f'sidecar_connections_refused_total{{reason="{reason}"}} 4\n'
        await_condition(lambda: refused.encode() in metrics(sidecar))
