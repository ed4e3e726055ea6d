import os
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.processes import LOAD_CORE, Launch, StartFailed, start, stop
from tests.harness.ports import reserved_port

GONE_LIMIT = 30.0
WAITS = (
    "import os, time; print('up', os.sched_getaffinity(0), flush=True); time.sleep(60)"
)
SAYS_IT_SLOWLY = (
    "import time; print('up', end='', flush=True); time.sleep(0.2);"
    "print(', all of it', flush=True); time.sleep(60)"
)


@contextmanager
def running(launch, output):
    """One that a test need not end itself."""
    started = start(launch, reserved_port(), output, LOAD_CORE)
    try:
        yield started
    finally:
        stop(started)


def is_gone(pid):
    """An orphan is a zombie until somebody reaps it: that counts as gone."""
    end = time.monotonic() + GONE_LIMIT
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.01)
    return False


def test_a_program_is_bound_to_its_core_and_ended(tmp_path):
    launch = Launch([sys.executable, "-c", WAITS], ready=b"up")
    with running(launch, tmp_path / "output") as started:
        assert started.pids == (started.process.pid,)
        assert f"{{{LOAD_CORE}}}" in (tmp_path / "output").read_text()
    assert started.process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(started.process.pid, 0)


def test_it_is_ready_when_its_line_is_whole(tmp_path):
    launch = Launch([sys.executable, "-c", SAYS_IT_SLOWLY], ready=b"up")
    with running(launch, tmp_path / "output"):
        assert (tmp_path / "output").read_text() == "up, all of it\n"


def test_one_that_ends_early_says_why(tmp_path):
    launch = Launch([sys.executable, "-c", "raise SystemExit('no such file')"])
    with pytest.raises(StartFailed, match="no such file"):
        start(launch, reserved_port(), tmp_path / "output", LOAD_CORE)


def test_children_do_not_outlive_their_parent(tmp_path):
    launch = Launch(
        ["sh", "-c", f'sleep 60 & exec "{sys.executable}" -c "{WAITS}"'], b"up"
    )
    with running(launch, tmp_path / "output") as started:
        _, child = started.pids
    assert is_gone(child)
