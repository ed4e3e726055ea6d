"""A fresh process of one thread for what forks: the suite's own has several."""

import os
import subprocess
import sys

from tests.harness.sidecar import ROOT


def python(code: str) -> "subprocess.CompletedProcess[str]":
    """Run `code`, and wait for its end."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
