"""RE1: two thousand slow clients at once are ended in time, and others are served."""

import contextlib
import csv
import resource
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.harness.client import Client, is_ready, victim
from tests.harness.origin import Origin

MANY = 2000
FILES = 10_000
SHORT = {"defaults": {"timeouts": {"client_head": "4s"}}}
START = b"GET /slow HTTP/1.1\r\nHost: t\r\n"


@pytest.fixture
def many_files() -> Iterator[None]:
    """Room for the connections here, in the sidecar and in slowhttptest."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(FILES, hard), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def counts(file: Path) -> list[dict[str, int]]:
    """Slowhttptest's table: seconds, closed, pending, connected."""
    with file.open() as table:
        rows = csv.DictReader(table, skipinitialspace=True)
        return [{key: int(value) for key, value in row.items()} for row in rows]


@pytest.mark.usefixtures("many_files")
def test_slow_heads(own_sidecar: Start, origin: Origin) -> None:
    """They go on sending; each gets its 408, and a victim its answer meanwhile."""
    sidecar = own_sidecar(SHORT)
    served = 0
    last = time.monotonic() + 60
    with contextlib.ExitStack() as stack:
        clients = []
        for _ in range(MANY):
            clients.append(stack.enter_context(Client(sidecar.port)))
            clients[-1].send(START)
        going = clients
        while going:
            assert time.monotonic() < last, f"{len(going)} are still open"
            for client in going:
                client.send(b"X: y\r\n")
                client.pull()
            going = [client for client in going if client.ended == "open"]
            victim(sidecar.port)
            served += 1
            is_ready(clients[0].sock, 0.1)
        assert served > 1
        assert {tuple(client.outcome().statuses) for client in clients} == {(408,)}
    assert origin.take() == []


@pytest.mark.skipif(
    shutil.which("slowhttptest") is None, reason="slowhttptest is not installed"
)
@pytest.mark.usefixtures("many_files")
def test_slowhttptest(own_sidecar: Start, origin: Origin, tmp_path: Path) -> None:
    sidecar = own_sidecar(SHORT)
    command = ["slowhttptest", "-H", "-g", "-o", str(tmp_path / "slow")]
    command += ["-c", str(MANY), "-r", str(MANY), "-i", "1", "-l", "60", "-p", "30"]
    command += ["-u", f"http://127.0.0.1:{sidecar.port}/slow"]
    report = tmp_path / "report"
    with (
        report.open("wb") as out,
        subprocess.Popen(command, stdout=out, stderr=out) as attack,
    ):
        served = 0
        while attack.poll() is None:
            victim(sidecar.port)
            served += 1
    # Not "hit test time limit": nobody was left before.
    assert "No open connections left" in report.read_text(errors="replace")
    rows = counts(tmp_path / "slow.csv")
    assert served > 10
    assert max(row["Connected"] for row in rows) > MANY // 2
    # Its own probe, a whole request now and then, was always answered.
    assert all(row["Service Available"] for row in rows)
    origin.take()
    victim(sidecar.port)
