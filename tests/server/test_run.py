"""From a configuration to an exit status."""

import os
import socket
import subprocess
import sys

import pytest

from sidecar.config.load import load
from sidecar.server import run
from tests.harness.sidecar import ROOT

BASE = """
listen: "127.0.0.1:{port}"
health: {{listen: "127.0.0.1:0"}}
admin: {{listen: "127.0.0.1:0"}}
upstreams: {{default: {{url: "http://127.0.0.1:9"}}}}
"""


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_port_that_is_taken_ends_with_a_reason(tmp_path, workers):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "sidecar.yaml").write_text(BASE.format(port=port))
        ended = subprocess.run(
            [
                sys.executable,
                "-m",
                "sidecar",
                "run",
                "-c",
                tmp_path / "sidecar.yaml",
                "--workers",
                workers,
            ],
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert ended.returncode == run.FAILED
    assert ended.stderr.startswith(f"sidecar: cannot listen on 127.0.0.1:{port}: ")
    assert ended.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("rule", "workers", "expected"),
    [("a number", 3, 3), ("one", 1, 1)],
)
def test_workers(rule, workers, expected, tmp_path):
    (tmp_path / "sidecar.yaml").write_text(
        BASE.format(port=0) + f"workers: {workers}\n"
    )
    config = load(tmp_path / "sidecar.yaml", environ={}).config
    assert run._workers(config) == expected


def test_auto_says_why(tmp_path, capsys):
    (tmp_path / "sidecar.yaml").write_text(BASE.format(port=0) + "workers: auto\n")
    config = load(tmp_path / "sidecar.yaml", environ={}).config
    count = run._workers(config)
    assert count >= 1
    assert f"sidecar: workers={count} (" in capsys.readouterr().err
