"""Sidecar: the real one, as a subprocess, with a configuration of the test's.

Its output goes to files. However a test ends, the process is ended by its pid
and its output is searched for tracebacks.
"""

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(os.environ.get("SIDECAR_SOURCE", Path(__file__).parents[2]))
READY = re.compile(
    r"^sidecar ready on http://127\.0\.0\.1:(\d+) "
    r"\(health http://127\.0\.0\.1:(\d+), admin http://127\.0\.0\.1:(\d+)\)",
    re.MULTILINE,
)
FORBIDDEN = re.compile(
    r"Traceback|was never retrieved|was never awaited|Unclosed|Warning:|"
    r"Fatal|Exception ignored"
)
HELD = re.compile(r"^Anonymous:\s+(\d+) kB", re.MULTILINE)
ENGINES = ["aiohttp", "express"]
"""The front doors that everything is tested through."""

START = 60.0
STOP = 60.0

Config = Mapping[str, Any]

BASE: Config = {
    "listen": "127.0.0.1:0",
    "health": {"listen": "127.0.0.1:0"},
    "admin": {"listen": "127.0.0.1:0"},
    "shutdown": {"grace": "0s", "timeout": "5s"},
    # Most tests compare bytes, count what the origin is asked, and let it fail on
    # purpose, thousands of times.
    "defaults": {
        **dict.fromkeys(("breaker", "cache", "compression", "conditional"), "off"),
        # How long a busy machine takes is nothing to most of them either.
        "timeouts": dict.fromkeys(
            ("connect", "request", "between_bytes", "client_head", "client_body"), "60s"
        ),
    },
}


def merged(under: Config, over: Config) -> dict[str, Any]:
    """`over` laid on `under`, section by section."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, Mapping) and isinstance(value, Mapping):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


class Sidecar:
    """One running sidecar; use as a context manager."""

    def __init__(
        self,
        config: Config,
        where: Path,
        *,
        environment: Mapping[str, str] | None = None,
        prefix: Sequence[str] = (),
    ) -> None:
        self.config = merged(BASE, config)
        self.where = where
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("SIDECAR_")},
            "PYTHONPATH": str(ROOT),
            **(environment or {}),
        }
        self.prefix = prefix  # a program that runs the sidecar in its place
        self.port = self.health = self.admin = 0
        self.status: int | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def file(self) -> Path:
        return self.where / "sidecar.yaml"

    def configure(self, config: Config) -> None:
        """Write the file, with `config` laid on what it was made with; in one step."""
        aside = self.where / "aside.yaml"
        aside.write_text(json.dumps(merged(self.config, config), indent=1))  # is YAML
        aside.replace(self.file)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def stderr(self) -> str:
        return (self.where / "stderr").read_text(errors="backslashreplace")

    @property
    def stdout(self) -> str:
        return (self.where / "stdout").read_text(errors="backslashreplace")

    def start(self) -> Self:
        """Start it and wait until it is ready."""
        self.where.mkdir(parents=True, exist_ok=True)
        self.configure({})
        command = [
            *self.prefix,
            sys.executable,
            "-m",
            "sidecar",
            "run",
            "-c",
            str(self.file),
        ]
        with (
            (self.where / "stdout").open("wb") as out,
            (self.where / "stderr").open("wb") as err,
        ):
            self._process = subprocess.Popen(
                command, stdout=out, stderr=err, cwd=self.where, env=self.environment
            )
        try:
            await_condition(self._is_ready, START, lambda: self.stderr)
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise
        return self

    def _is_ready(self) -> bool:
        found = READY.search(self.stderr)
        if found:
            self.port, self.health, self.admin = map(int, found.groups())
            return True
        assert self._process is not None
        assert self._process.poll() is None, f"ended at start:\n{self.stderr}"
        return False

    def signal(self, number: int = signal.SIGTERM) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self, within: float = STOP) -> int:
        """Wait for its end; its exit status."""
        assert self._process is not None
        self.status = self._process.wait(within)
        return self.status

    def terminate(self, within: float = STOP) -> int:
        """SIGTERM; the exit status."""
        self.signal(signal.SIGTERM)
        return self.wait(within)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """End it, and fail on a bad end or a traceback."""
        assert self._process is not None
        family = self._family()
        try:
            if self.status is None:  # else a test waited for it, and judged
                status = self.terminate() if self.is_running() else self.wait()
                assert status == 0, f"exit status {status}:\n{self.stderr}"
        finally:
            for pid in family:
                _kill_if_left(pid)
            self._process.wait()
        found = FORBIDDEN.search(self.stderr)
        assert found is None, self.stderr[max(0, found.start() - 500) :][:5000]

    def _family(self) -> list[int]:
        """The process and its descendants."""
        family, grown = [], [self.pid]
        while grown:
            pid = grown.pop()
            try:
                for task in Path(f"/proc/{pid}/task").iterdir():
                    grown += map(int, (task / "children").read_text().split())
            except OSError:
                continue
            family.append(pid)
        return family

    def memory(self) -> int:
        """What it and its children hold that no file is behind, in bytes.

        Who shares programs and libraries with it comes and goes.
        """
        rollups = (
            Path(f"/proc/{pid}/smaps_rollup").read_text() for pid in self._family()
        )
        return 1024 * sum(int(HELD.findall(rollup)[0]) for rollup in rollups)


def _kill_if_left(pid: int) -> None:
    """Kill the process, if it is still there and still a sidecar."""
    with contextlib.suppress(OSError):
        if b"sidecar" in Path(f"/proc/{pid}/cmdline").read_bytes():
            os.kill(pid, signal.SIGKILL)


def await_condition(
    condition: Callable[[], bool],
    within: float = 60.0,
    explain: Callable[[], object] = lambda: "",
) -> None:
    """Look until `condition` holds; fail after `within` seconds."""
    last = time.monotonic() + within
    while not condition():
        assert time.monotonic() < last, f"not within {within} s: {explain()}"
        time.sleep(0.005)
