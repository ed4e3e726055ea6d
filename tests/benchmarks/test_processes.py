import os
import sys

import pytest

from benchmarks.processes import LOAD_CORE, Launch, StartFailed, free_port, start, stop

WAITS = (
    "import os, time; print('up', os.sched_getaffinity(0), flush=True); time.sleep(60)"
)


def test_a_program_is_bound_to_its_core_and_ended(tmp_path):
    launch = Launch([sys.executable, "-c", WAITS], ready=b"up")
    started = start(launch, free_port(), tmp_path / "output", LOAD_CORE)
    assert started.pids == (started.process.pid,)
    assert f"{{{LOAD_CORE}}}" in (tmp_path / "output").read_text()
    stop(started)
    assert started.process.returncode is not None
    with pytest.raises(ProcessLookupError):
        os.kill(started.process.pid, 0)


def test_one_that_ends_early_says_why(tmp_path):
    launch = Launch([sys.executable, "-c", "raise SystemExit('no such file')"])
    with pytest.raises(StartFailed, match="no such file"):
        start(launch, free_port(), tmp_path / "output", LOAD_CORE)
