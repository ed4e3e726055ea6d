"""Process: memory, processor time and descriptors of a process of ours.

Read from /proc where there is one, for a worker as well as for this process, so
that no worker's loop is held up for it; elsewhere what the standard library knows
of this process, and zero for what it does not.
"""

import os
import resource
import sys
import time
from pathlib import Path

from sidecar.units import Bytes, Seconds, Timestamp

PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
# Of what follows the command's name, proc(5).
_TIMES = slice(11, 15)  # our own and our children's, user and system
_STARTED = 19
_IMPORTED = time.time()

Pid = int | None
"""None: this process."""


def resident(proc: Path = PROC, pid: Pid = None) -> Bytes:
    """Physical memory in use, shared pages included."""
    try:
        return int(_read(proc, pid, "statm").split()[1]) * _PAGE
    except OSError:
        if pid not in {None, os.getpid()}:
            return 0
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def own(proc: Path = PROC, pid: Pid = None) -> Bytes:
    """Physical memory without files and what is shared: the kernel takes a file's
    pages back by itself, and a store on the disk is one.
    """
    try:
        _, held, shared, *_ = _read(proc, pid, "statm").split()
    except OSError:
        return resident(proc, pid)
    return (int(held) - int(shared)) * _PAGE


def virtual(proc: Path = PROC, pid: Pid = None) -> Bytes:
    try:
        return int(_read(proc, pid, "statm").split()[0]) * _PAGE
    except OSError:
        return 0


def proportional(proc: Path = PROC, pid: Pid = None) -> Bytes:
    """Physical memory, each shared page by its share; walks all mappings."""
    try:
        for line in _read(proc, pid, "smaps_rollup").splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resident(proc, pid)


def cpu(proc: Path = PROC, pid: Pid = None) -> Seconds:
    """Processor time since the start, also of children that were waited for."""
    if pid in {None, os.getpid()}:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)
        return time.process_time() + children.ru_utime + children.ru_stime
    try:
        return sum(map(int, _stat(proc, pid)[_TIMES])) / _TICK
    except OSError:
        return 0.0


def open_fds(proc: Path = PROC, pid: Pid = None) -> int:
    try:
        return len(os.listdir(_path(proc, pid, "fd")))  # noqa: PTH208 - half the price
    except OSError:
        return 0


def max_fds() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def started(proc: Path = PROC) -> Timestamp:
    """When this process started."""
    try:
        stat = _stat(proc, None)
        uptime = float((proc / "uptime").read_bytes().split()[0])
    except OSError:
        return Timestamp(_IMPORTED)
    since_boot = int(stat[_STARTED]) / _TICK
    return Timestamp(time.time() - uptime + since_boot)


def _stat(proc: Path, pid: Pid) -> list[bytes]:
    return _read(proc, pid, "stat").rpartition(b")")[2].split()


def _read(proc: Path, pid: Pid, name: str) -> bytes:
    return _path(proc, pid, name).read_bytes()


def _path(proc: Path, pid: Pid, name: str) -> Path:
    return proc / ("self" if pid is None else str(pid)) / name
