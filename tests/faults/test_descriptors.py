"""P8: few descriptors and many clients: those that fit are served, nobody is logged."""

import contextlib
import resource
import socket
import time
from collections import Counter

import psutil

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.sidecar import Sidecar, await_condition

GET = b"GET /file HTTP/1.1\r\nHost: t\r\n\r\n"
FEW, CLIENTS = 256, 400
SIEGE = 3.0
"""Seconds; `LINES` is what a minute may bring."""
LINES = 60


def besiege(sidecar: Sidecar, until: float) -> tuple[list[socket.socket], Counter[str]]:
    """Clients that come, ask and stay, and come again when they are turned away."""
    kept: list[socket.socket] = []
    seen: Counter[str] = Counter()
    checked = 0.0
    while time.monotonic() < until:
        if len(kept) < CLIENTS:
            one = socket.create_connection(("127.0.0.1", sidecar.port), 5.0)
            one.setblocking(False)
            with contextlib.suppress(OSError):
                one.send(GET)
            kept.append(one)
        else:
            kept = [one for one in kept if not _is_over(one, seen)]
        if time.monotonic() > checked + 0.2:
            checked = time.monotonic()
            assert get(sidecar.health, b"/livez").status == 200
            assert get(sidecar.health, b"/metrics").status == 200
    return kept, seen


def _is_over(one: socket.socket, seen: Counter[str]) -> bool:
    try:
        answer = one.recv(65536)
    except BlockingIOError:
        return False
    except ConnectionError:
        answer = b""
    if answer:
        seen[answer[9:12].decode()] += 1
        return False
    one.close()
    return True


def test_more_clients_than_descriptors(own_sidecar: Start) -> None:
    sidecar = own_sidecar(prefix=("prlimit", f"--nofile={FEW}:{FEW}"))
    kept, seen = besiege(sidecar, time.monotonic() + SIEGE)
    assert seen["200"] >= (FEW - 128) // 2
    assert seen["503"] > 0
    assert len(sidecar.stderr.splitlines()) <= LINES
    for one in kept:
        one.close()
    await_condition(lambda: get(sidecar.port, b"/file").status == 200, within=1.0)


def test_running_out_all_the_same_is_quiet_and_over_at_once(own_sidecar: Start) -> None:
    """No room is left at all, as when a leak or the whole system has used it up."""
    sidecar = own_sidecar()
    limits = resource.prlimit(sidecar.pid, resource.RLIMIT_NOFILE)
    process = psutil.Process(sidecar.pid)
    resource.prlimit(
        sidecar.pid, resource.RLIMIT_NOFILE, (process.num_fds() + 2, limits[1])
    )
    kept = [Client(sidecar.port) for _ in range(CLIENTS)]
    for one in kept:
        with contextlib.suppress(OSError):
            one.send(GET)
    for one in kept:
        one.read(responses=1)
    assert len(sidecar.stderr.splitlines()) <= LINES
    resource.prlimit(sidecar.pid, resource.RLIMIT_NOFILE, limits)
    for one in kept:
        one.close()
    await_condition(lambda: get(sidecar.port, b"/file").status == 200, within=1.0)
    assert get(sidecar.health, b"/livez").status == 200
