"""Process: memory, processor time and descriptors of this process.

Read from /proc where there is one; elsewhere what the standard library knows,
and zero for what it does not.
"""

import os
import resource
import sys
import time
from pathlib import Path

from sidecar.units import Bytes, Seconds, Timestamp

PROC = Path("/proc")
_PAGE = os.sysconf("SC_PAGE_SIZE")
_STARTED_FIELD = 19  # of what follows the command's name: starttime, proc(5)
_IMPORTED = time.time()


def resident(proc: Path = PROC) -> Bytes:
    """Physical memory in use, shared pages included."""
    try:
        return int((proc / "self/statm").read_bytes().split()[1]) * _PAGE
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def virtual(proc: Path = PROC) -> Bytes:
    try:
        return int((proc / "self/statm").read_bytes().split()[0]) * _PAGE
    except OSError:
        return 0


def proportional(proc: Path = PROC) -> Bytes:
    """Physical memory, each shared page by its share; walks all mappings."""
    try:
        for line in (proc / "self/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resident(proc)


def cpu() -> Seconds:
    """Processor time, user and system, since the start."""
    return time.process_time()


def open_fds(proc: Path = PROC) -> int:
    try:
        return len(os.listdir(proc / "self/fd"))  # noqa: PTH208 - half the price
    except OSError:
        return 0


def max_fds() -> int:
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def started(proc: Path = PROC) -> Timestamp:
    """When the process started."""
    try:
        stat = (proc / "self/stat").read_bytes().rpartition(b")")[2].split()
        uptime = float((proc / "uptime").read_bytes().split()[0])
    except OSError:
        return Timestamp(_IMPORTED)
    since_boot = int(stat[_STARTED_FIELD]) / os.sysconf("SC_CLK_TCK")
    return Timestamp(time.time() - uptime + since_boot)
