"""Loads: what a closed loop of wrk asks for, and what it counted.

64 connections, no pipelining, one thread. A closed loop says what can be carried
at what price; it hides stalls, so latency is measured by `open_loop`.
"""

import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import HOST, LOAD_CORE, pinned

SCRIPTS = Path(__file__).parent / "scripts"
CONNECTIONS = 64
GRACE = 15.0  # seconds for wrk to end after it was told to
ANY = -1  # length: whatever it is
_ERROR = 400
# The first requests to a limit pass.
_PASS = 0.001

_REQUESTS = re.compile(
    r"(\d+) requests in ([\d.]+)(us|ms|s|m), ([\d.]+)([KMGT]?B) read"
)
_UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}
_SIZES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30, "TB": 1 << 40}
_FAULTS = re.compile(r"^\s*(Socket errors:.*)$", re.MULTILINE)
_OTHERS = re.compile(r"^\s*Non-2xx or 3xx responses: (\d+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Load:
    """A path, or a script of wrk that makes requests, with its arguments."""

    path: str
    length: int  # of the content of every response, once its coding is undone
    script: str = ""
    arguments: tuple[str, ...] = ()
    method: str = "GET"
    connections: int = CONNECTIONS
    fields: tuple[str, ...] = ()  # of the request, as `Name: value`
    status: int = 200


@dataclass(frozen=True, slots=True)
class Counted:
    """What wrk saw."""

    requests: int
    seconds: float
    read: float  # bytes, heads included
    faults: str


def command(load: Load, port: int, seconds: int) -> list[str]:
    """Return wrk's arguments; it ends by itself after `seconds`."""
    script = ["-s", str(SCRIPTS / load.script)] if load.script else []
    arguments = ["--", *load.arguments] if load.arguments else []
    return [
        *("wrk", "-t", "1", "-c", str(load.connections), "-d", f"{seconds}s"),
        *("-H", "User-Agent: wrk/4", "-H", "Accept: */*"),
        *(word for field in load.fields for word in ("-H", field)),
        *script,
        f"http://{HOST}:{port}{load.path}",
        *arguments,
    ]


def counted(output: str, status: int = 200) -> Counted:
    """Read what wrk printed of a load that is to be answered with `status`.

    Raises:
        ValueError: if it printed something else.
    """
    found = _REQUESTS.search(output)
    if not found:
        raise ValueError(output[-500:])
    seconds = float(found[2]) * _UNITS[found[3]]
    read = float(found[4]) * _SIZES[found[5]]
    requests, faults = int(found[1]), _FAULTS.findall(output)
    refused = int(others[1]) if (others := _OTHERS.search(output)) else 0
    wanted = requests if status >= _ERROR else 0
    if abs(refused - wanted) > wanted * _PASS:
        faults.append(f"Non-2xx or 3xx responses: {refused}")
    return Counted(requests, seconds, read, "; ".join(faults))


def closed_loop(load: Load, port: int, seconds: float) -> Counted:
    """Ask for `seconds`, from the core of the load."""
    with _wrk(load, port, seconds) as wrk:
        _wait_until_it_listens_to_signals(wrk.pid)
        time.sleep(seconds)
        return counted(_interrupted(wrk), load.status)


def _wait_until_it_listens_to_signals(pid: int) -> None:
    """Wait until wrk catches SIGINT: it asks from then on, and would die before."""
    until = time.monotonic() + GRACE
    status = Path(f"/proc/{pid}/status")
    while time.monotonic() < until:
        caught = re.search(r"SigCgt:\s*([0-9a-f]+)", status.read_text())
        if caught and int(caught[1], 16) >> (signal.SIGINT - 1) & 1:
            return
        time.sleep(0.002)


def _interrupted(wrk: "subprocess.Popen[str]") -> str:
    """Interrupt wrk, which counts whole seconds only, and return what it has."""
    until = time.monotonic() + GRACE
    while True:
        wrk.send_signal(signal.SIGINT)
        try:
            # It sleeps through a signal that comes while it still prepares.
            return wrk.communicate(timeout=0.5)[0]
        except subprocess.TimeoutExpired:
            if time.monotonic() > until:
                raise


@contextmanager
def _wrk(load: Load, port: int, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    limit = int(seconds + GRACE)
    wrk = subprocess.Popen(
        pinned(LOAD_CORE, command(load, port, limit)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield wrk
    finally:
        if wrk.poll() is None:
            wrk.kill()
            wrk.wait()
