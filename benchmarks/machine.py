"""Machine: what a result was measured on and with, without names or paths of it."""

import os
import platform
import re
import subprocess
from pathlib import Path

from benchmarks.peers import Peer
from benchmarks.processes import LOAD_CORE, PROXY_CORE, program

_VERSION = re.compile(r"\d+\.\d+(?:\.\d+)*")


def _first(path: str, name: str) -> str:
    for line in Path(path).read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "unknown"


def description() -> dict[str, str]:
    """Return processor, memory, kernel, Python and how cores were shared out."""
    kib = int(_first("/proc/meminfo", "MemTotal").split()[0])
    flags = _first("/proc/cpuinfo", "flags").split()
    virtual = ", virtual machine" if "hypervisor" in flags else ""
    kernel = ".".join(platform.release().split(".")[:2])
    cores = len(os.sched_getaffinity(0))
    shared = PROXY_CORE == LOAD_CORE
    return {
        "processor": f"{_first('/proc/cpuinfo', 'model name')}, {cores} cores{virtual}",
        "memory": f"{kib / (1 << 20):.0f} GiB",
        "kernel": f"{platform.system()} {kernel}",
        "python": platform.python_version(),
        "cores": "all on one core"
        if shared
        else "proxy on one, load and origin on another",
    }


def load_average() -> str:
    """Return the load of the last minute: above 2 or so, others were at work."""
    return f"{os.getloadavg()[0]:.1f}"


def _said(command: tuple[str, ...]) -> str:
    path = program(command[0]) or command[0]
    try:
        ran = subprocess.run(
            [path, *command[1:]],
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return "unknown"
    found = _VERSION.search(ran.stdout + ran.stderr)
    return found[0] if found else "unknown"


def versions(peers: list[Peer]) -> dict[str, str]:
    """Return the version of each peer and of the load generator."""
    return {peer.name: _said(peer.version) for peer in peers} | {
        "wrk": _said(("wrk", "-v"))
    }
