"""P8: few descriptors and many clients: those that fit are served, nobody is logged."""

import contextlib
import os
import resource
import socket
import time
from collections import Counter

import psutil
import pytest
import requests

from tests.conftest import Start
from tests.harness.client import Client, get
from tests.harness.sidecar import Sidecar, await_condition

GET = b"GET /file HTTP/1.1\r\nHost: t\r\n\r\n"
FEW, CLIENTS = 256, 400
SOAK = "SOAK" in os.environ
SIEGE = 60.0 if SOAK else 3.0
"""Seconds; `LINES` is what a minute may bring, and `make soak` takes that long."""
LINES = 60
RECOVERY = 1.0 if SOAK else 30.0


def besiege(sidecar: Sidecar, until: float) -> list[socket.socket]:
    """Clients that come, ask and stay, and come again when they are turned away.

    Until then, and until some were served and some were not.
    """
    kept: list[socket.socket] = []
    seen: Counter[str] = Counter()
    checked = 0.0
    while time.monotonic() < until or not _is_enough(seen):
        assert time.monotonic() < until + 60.0, seen
        if len(kept) < CLIENTS:
            one = socket.create_connection(("127.0.0.1", sidecar.port), 30.0)
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
    return kept


def _is_enough(seen: Counter[str]) -> bool:
    return seen["200"] >= (FEW - 128) // 2 and seen["503"] > 0


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


@pytest.mark.timeout(SIEGE + 300)
def test_more_clients_than_descriptors(own_sidecar: Start) -> None:
    sidecar = own_sidecar(prefix=("prlimit", f"--nofile={FEW}:{FEW}"))
    kept = besiege(sidecar, time.monotonic() + SIEGE)
    assert len(sidecar.stderr.splitlines()) <= LINES
    for one in kept:
        one.close()
    await_condition(lambda: get(sidecar.port, b"/file").status == 200, within=RECOVERY)


@pytest.mark.parametrize("workers", [1, 2])
def test_clients_that_there_are_no_descriptors_for(
    own_sidecar: Start, workers: int
) -> None:
    """The start says so, once, and so do a reload and the statistics."""

    def said(wanted: int) -> str:
        return f"limits.connections is {wanted}, and {workers * (FEW - 128) // 2} are"

    sidecar = own_sidecar(
        {"workers": workers, "limits": {"connections": CLIENTS}},
        prefix=("prlimit", f"--nofile={FEW}:{FEW}"),
    )
    assert sidecar.stderr.count(said(CLIENTS)) == 1
    stats = requests.get(f"http://127.0.0.1:{sidecar.admin}/stats", timeout=30).json()
    assert stats["recommendations"][0].startswith(said(CLIENTS))
    sidecar.configure({"limits": {"connections": CLIENTS + 1}})
    await_condition(lambda: said(CLIENTS + 1) in sidecar.stderr)


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
    await_condition(lambda: get(sidecar.port, b"/file").status == 200, within=RECOVERY)
    assert get(sidecar.health, b"/livez").status == 200
