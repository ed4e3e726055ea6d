"""The parent of real workers: it starts, replaces, reloads and ends them."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sidecar.policy.restarts import ENOUGH
from tests.conftest import Start
from tests.harness.client import get
from tests.harness.ports import reserved_port
from tests.harness.processes import children, lives, workers
from tests.harness.sidecar import ROOT, Sidecar, await_condition
from tests.server.fresh import python

WORKERS = {"workers": 2}


def metric(sidecar: Sidecar, name: str) -> float:
    text = get(sidecar.health, b"/metrics").responses[0].body.decode()
    found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
    assert found, text
    return float(found[1])


def test_two_serve_and_a_third_process_answers_for_them(own_sidecar: Start) -> None:
    sidecar = own_sidecar(WORKERS)
    assert len(children(sidecar.pid)) == 3
    assert len(workers(sidecar)) == 2
    for _ in range(20):
        assert get(sidecar.port).status == 200
    await_condition(lambda: get(sidecar.health, b"/readyz").status == 200)
    assert metric(sidecar, "sidecar_workers") == 2
    assert metric(sidecar, "sidecar_connections_total") == 20
    counted = 'http_request_duration_seconds_count{method="GET",route="default",status_code="200"}'
    await_condition(lambda: metric(sidecar, counted) == 20)
    assert get(sidecar.health, b"/livez").status == 200
    assert sidecar.terminate() == 0
    assert sidecar.stderr.count("sidecar ready on ") == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_worker_that_died_is_replaced(own_sidecar: Start, number: int) -> None:
    sidecar = own_sidecar(WORKERS)
    before = workers(sidecar)
    os.kill(before[0], number)
    killed = 'sidecar_worker_restarts_total{reason="signal"}'
    await_condition(lambda: metric(sidecar, killed) == 1)
    await_condition(lambda: metric(sidecar, "sidecar_workers") == 2)
    after = workers(sidecar)
    assert before[1] in after
    assert before[0] not in after
    assert get(sidecar.port).status == 200


def test_the_desk_is_replaced_too(own_sidecar: Start) -> None:
    sidecar = own_sidecar(WORKERS)
    [desk] = set(children(sidecar.pid)) - set(workers(sidecar))
    os.kill(desk, signal.SIGKILL)

    def answers() -> bool:
        try:
            return get(sidecar.health, b"/readyz").status == 200
        except OSError:
            return False

    await_condition(lambda: desk not in children(sidecar.pid))
    await_condition(answers)
    await_condition(lambda: metric(sidecar, "sidecar_workers") == 2)


def test_workers_end_with_their_parent(own_sidecar: Start) -> None:
    here = {**WORKERS, "listen": f"127.0.0.1:{reserved_port()}"}
    sidecar = own_sidecar(here)
    family = children(sidecar.pid)
    sidecar.signal(signal.SIGKILL)
    assert sidecar.wait() == -signal.SIGKILL
    await_condition(lambda: not any(lives(pid) for pid in family))
    heir = own_sidecar(here)
    assert get(heir.port).status == 200


def test_a_worker_that_is_told_to_leave_by_others_stays(own_sidecar: Start) -> None:
    sidecar = own_sidecar(WORKERS)
    before = workers(sidecar)
    for pid in before:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            os.kill(pid, number)
    for _ in range(10):
        assert get(sidecar.port).status == 200
    assert workers(sidecar) == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_all_of_them(own_sidecar: Start, number: int) -> None:
    sidecar = own_sidecar(WORKERS)
    family = children(sidecar.pid)
    sidecar.signal(number)
    assert sidecar.wait() == 0
    assert not any(lives(pid) for pid in family)


CRASHING = """
import sys
from sidecar.server import offspring
def live(estate, slot, sock):
    if {saying}:
        from sidecar.server.link import packed
        from sidecar.server.messages import Failed
        sock.sendall(packed(Failed("no room for a worker")))
    return 1
offspring.live = live
from sidecar.cli import main
sys.exit(main(["run", "--workers", "2", "--upstream", "http://127.0.0.1:9",
    "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "--admin", "127.0.0.1:0"]))
"""


@pytest.mark.parametrize(
    ("saying", "why"), [("True", "no room for a worker"), ("False", "exit status 1")]
)
def test_workers_that_cannot_start_end_it_and_it_says_why(saying, why):
    ended = python(CRASHING.format(saying=saying))
    assert ended.returncode == 1
    assert f"given up after {ENOUGH} starts in a row: {why}\n" in ended.stderr
    assert "sidecar ready on" not in ended.stderr


ADOPTING = """
import os, signal, subprocess, sys, time
sys.argv = ["sidecar"]
import ctypes
ctypes.CDLL(None).prctl(36, 1)  # PR_SET_CHILD_SUBREAPER: as PID 1 is
subprocess.Popen(["sh", "-c", "sleep 2 & echo $!"])
from sidecar.cli import main
sys.exit(main(["run", "--workers", "{workers}", "--upstream", "http://127.0.0.1:9",
    "--listen", "127.0.0.1:0", "--health", "127.0.0.1:0", "--admin", "127.0.0.1:0"]))
"""


@pytest.mark.parametrize(("workers", "family"), [(1, 0), (2, 3)])
def test_orphans_are_waited_for(workers, family):
    running = subprocess.Popen(
        [sys.executable, "-c", ADOPTING.format(workers=workers)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert running.stdout is not None
        assert running.stderr is not None
        orphan = int(running.stdout.readline())
        assert any(line.startswith("sidecar ready on") for line in running.stderr)
        await_condition(lambda: not Path(f"/proc/{orphan}").exists())
        await_condition(lambda: len(children(running.pid)) == family)
    finally:
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=60)
    assert running.returncode == 0
