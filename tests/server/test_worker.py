"""One event loop that serves: how it starts, ticks and ends."""

import asyncio
import logging
import os
import signal
import socket
import subprocess
import sys

import pytest

from sidecar.config.load import load
from sidecar.server import worker
from sidecar.server.instruments import instruments
from sidecar.server.worker import TICK, Worker
from tests.harness.sidecar import ROOT, Sidecar
from tests.server.wire import until

BASE = """
listen: "127.0.0.1:{port}"
health: {{listen: "127.0.0.1:0"}}
admin: {{listen: "127.0.0.1:0"}}
upstreams: {{default: {{url: "http://127.0.0.1:9"}}}}
"""


@pytest.fixture
def loaded(tmp_path):
    def load_with(port=0):
        file = tmp_path / "sidecar.yaml"
        file.write_text(BASE.format(port=port))
        return load(file, environ={})

    return load_with


@pytest.fixture
async def idle(loaded, preserved_logging):
    """A worker that was made and not started."""
    config = loaded()
    gauges = instruments(config.config)
    yield Worker(config, gauges)
    gauges.close()


@pytest.fixture
def preserved_logging():
    """What instruments replace is put back."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_port_that_is_taken_ends_with_a_reason(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "sidecar.yaml").write_text(BASE.format(port=port))
        ended = subprocess.run(
            [sys.executable, "-m", "sidecar", "run", "-c", tmp_path / "sidecar.yaml"],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert ended.returncode == worker.FAILED
    assert ended.stderr.startswith(f"sidecar: cannot listen on 127.0.0.1:{port}: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_ready_and_ends_well(tmp_path, number):
    config = {
        "upstreams": {"default": {"url": "http://127.0.0.1:9"}},
        "shutdown": {"grace": "0s"},
    }
    with Sidecar(config, tmp_path) as sidecar:
        assert min(sidecar.port, sidecar.health, sidecar.admin) > 0
        sidecar.signal(number)
        assert sidecar.wait() == 0
        assert sidecar.stderr.count("sidecar ready on ") == 1


class Late:
    due = float("-inf")

    def __init__(self, *errors):
        self.errors = list(errors)
        self.told = 0

    def expire(self, _now, /):
        self.told += 1
        if self.errors:
            raise self.errors.pop()


async def test_it_sweeps_every_tick(idle):
    late = Late()
    idle._deadlines.watch(late)
    idle._tick()
    await until(lambda: late.told == 3)
    assert TICK <= 0.1


async def test_a_defect_of_one_deadline_does_not_end_all_others(idle):
    late = Late(RuntimeError("a defect"))
    idle._deadlines.watch(late)
    idle._tick()
    await until(lambda: late.told == 2)


async def test_the_first_signal_ends_and_the_second_hurries(idle):
    idle._signalled(signal.SIGTERM)
    assert await idle._stop is signal.SIGTERM
    assert not idle._drain._hurry.is_set()
    idle._signalled(signal.SIGTERM)
    assert idle._drain._hurry.is_set()
    await asyncio.wait_for(idle.serve(), 5)
    assert idle._entrance.draining


async def test_a_defect_is_logged_with_its_traceback(idle, capfd):
    idle._report(RuntimeError("a defect"))
    idle._gauges.close()
    assert "RuntimeError: a defect" in capfd.readouterr().err


@pytest.mark.parametrize("engine", ["express", "aiohttp"])
def test_every_engine_has_its_door(engine):
    assert engine in worker.DOORS
