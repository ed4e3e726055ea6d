"""Processes: programs under measurement, started on a core and ended by their ids."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounting import tree

HOST = "127.0.0.1"
START_LIMIT = 20.0  # seconds
STOP_LIMIT = 5.0

_CORES = sorted(os.sched_getaffinity(0))
PROXY_CORE = _CORES[0]
# Where there is one core only, all share it, and the report says so.
LOAD_CORE = _CORES[-1]


class StartFailed(Exception):
    """A program ended, or was silent, before it was ready."""


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, and how its line begins when it is ready; empty: it listens then."""

    command: list[str]
    ready: bytes = b""
    environment: dict[str, str] | None = None


@dataclass(slots=True)
class Started:
    """A running program, and how long it took to be ready."""

    process: subprocess.Popen[bytes]
    port: int
    seconds_to_ready: float

    @property
    def pids(self) -> tuple[int, ...]:
        """The program and what it started."""
        return tree(self.process.pid)


def program(name: str) -> str | None:
    """Return the path of a program, one installed beside this Python first."""
    beside = Path(sys.executable).parent / name
    if beside.exists():
        return str(beside)
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def pinned(core: int, command: Iterable[str]) -> list[str]:
    """`command`, bound to one core."""
    return ["taskset", "--cpu-list", str(core), *command]


def start(launch: Launch, port: int, log: Path, core: int) -> Started:
    """Start a program, its output into `log`, and wait until it is ready.

    Raises:
        StartFailed: with the end of its output.
    """
    begun = time.perf_counter()
    with log.open("wb") as output:
        process = subprocess.Popen(
            pinned(core, launch.command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            env={**os.environ, **(launch.environment or {})},
            start_new_session=True,
        )
    started = Started(process, port, 0.0)
    try:
        _await(launch, started, log, begun + START_LIMIT)
    except BaseException:
        stop(started)
        raise
    started.seconds_to_ready = time.perf_counter() - begun
    return started


def _await(launch: Launch, started: Started, log: Path, until: float) -> None:
    while not (_said(log, launch.ready) if launch.ready else _listens(started.port)):
        if started.process.poll() is not None or time.perf_counter() > until:
            raise StartFailed(log.read_text(errors="replace")[-2000:])
        time.sleep(0.001)


def _said(log: Path, ready: bytes) -> bool:
    """Whether the line is whole: what is not buffered is written piece by piece."""
    return b"\n" in log.read_bytes().partition(ready)[2]


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


def stop(started: Started) -> None:
    """End a program and all that it started."""
    pids = started.pids if started.process.poll() is None else ()
    with suppress(ProcessLookupError):
        started.process.terminate()
    try:
        started.process.wait(STOP_LIMIT)
    except subprocess.TimeoutExpired:
        started.process.kill()
        started.process.wait(STOP_LIMIT)
    for pid in pids[1:]:
        # Some outlive their parent; the session proves that it is still the same one.
        with suppress(ProcessLookupError):
            if os.getsid(pid) == started.process.pid:
                os.kill(pid, signal.SIGKILL)
