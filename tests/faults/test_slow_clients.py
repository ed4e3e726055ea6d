"""RE1: two thousand slow clients at once are ended in time, and others are served."""

import csv
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import Start
from tests.harness.client import victim
from tests.harness.origin import Origin

MANY = 2000
FILES = 10_000


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
def test_slow_heads(own_sidecar: Start, origin: Origin, tmp_path: Path) -> None:
    sidecar = own_sidecar({"defaults": {"timeouts": {"client_head": "3s"}}})
    command = ["slowhttptest", "-H", "-g", "-o", str(tmp_path / "slow")]
    command += ["-c", str(MANY), "-r", str(MANY), "-i", "1", "-l", "30", "-p", "5"]
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
