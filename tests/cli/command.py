"""The command `sidecar`, as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def sidecar(*arguments, **environ):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SIDECAR_")}
    return subprocess.run(
        [sys.executable, "-m", "sidecar", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
        cwd=ROOT,
        env=kept | environ,
    )
