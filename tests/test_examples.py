"""Every configuration file that is shipped is valid, starts, and ends as it should."""

import os
import signal
import subprocess
import sys

import pytest

from sidecar.config.load import load
from tests.cli.command import ROOT

FILES = [
    "config/minimal.yaml",
    "config/sidecar.yaml",
    "config/compose/sidecar.yaml",
    "config/kustomize/sidecar.yaml",
]


@pytest.mark.parametrize("name", FILES)
def test_is_valid(name):
    assert load(ROOT / name, environ={}).config.upstreams


def test_there_are_no_others():
    first = {
        str(file.relative_to(ROOT))
        for file in (ROOT / "config").rglob("*.yaml")
        if "upstreams:" in file.read_text()
    }
    assert first == set(FILES)


def test_each_starts_and_ends():
    """All at once, for each keeps its grace."""
    running = {name: start(name) for name in FILES}
    try:
        for name, process in running.items():
            assert any(
                line.startswith("sidecar ready on ") for line in process.stderr
            ), name
        for process in running.values():
            process.send_signal(signal.SIGTERM)
        for name, process in running.items():
            assert process.wait(timeout=60) == 0, name
    finally:
        for process in running.values():
            process.kill()
            process.wait()
            process.stderr.close()


def start(name):
    anywhere = [f"--{flag}=127.0.0.1:0" for flag in ("listen", "health", "admin")]
    return subprocess.Popen(
        [sys.executable, "-m", "sidecar", "run", "--config", name, *anywhere],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={
            key: value
            for key, value in os.environ.items()
            if not key.startswith("SIDECAR_")
        },
    )
