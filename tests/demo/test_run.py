"""The demo as a user starts it, with the real sidecar."""

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager, suppress
from itertools import takewhile

import psutil
import pytest

from sidecar.demo.run import USUAL

LIMIT = 200
CODE = (
    "import argparse; from sidecar.demo.run import main;"
    "raise SystemExit(main(argparse.Namespace(once={once})))"
)


@contextmanager
def demo(folder, *, once):
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format(once=once)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(folder)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def taken_port():
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Where somebody else has it already, it is taken as well.
        with suppress(OSError):
            taken.bind(("127.0.0.1", USUAL.listen))
            taken.listen()
        yield USUAL.listen


def test_once_prints_the_table_and_leaves_nothing(tmp_path, taken_port):
    with demo(tmp_path, once=True) as process:
        out, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (0, "")
    assert f"Port {taken_port} is taken; using one that is free." in out
    assert f"http://127.0.0.1:{taken_port}/" not in out
    rows = [
        line
        for line in out.splitlines()
        if line.startswith(("GET", "POST", "Web", "…"))
    ]
    assert len(rows) == 11
    through = {row.split("  ")[0]: row for row in rows}
    assert "200" in through["GET /api/products"]
    assert " 200 " in through["… asked once more"]
    assert re.search(r" 200 .* 304 ", through["… by who has kept it"])
    assert "problem+json, upstream_connection_lost" in out
    assert "problem+json, upstream_timeout" in through["GET /reports/annual"]
    assert "problem+json, content_too_large" in through["POST /upload (2 MiB)"]
    assert len(re.findall(r" 101 (?! *ms)", through["WebSocket /echo"])) == 2
    assert "x-request-id" in through["GET /api/export"]
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_ends_everything(tmp_path):
    with demo(tmp_path, once=False) as process:
        said = list(takewhile(lambda line: "Ctrl-C" not in line, process.stdout))
        assert sum("curl " in line for line in said) == 6
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT) == 0
    assert not any(child.is_running() for child in children)
    assert list(tmp_path.iterdir()) == []


def test_sigterm_while_starting_ends_everything(tmp_path):
    with demo(tmp_path, once=False) as process:
        assert any("Starting" in line for line in process.stdout)
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT) == 0
    assert list(tmp_path.iterdir()) == []
