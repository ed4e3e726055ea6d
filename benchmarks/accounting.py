"""Accounting: what a tree of processes has used.

The CPU clock of a process is the sum that /proc/PID/stat shows, before it is cut
to hundredths of a second: slices of a second need the finer one.
"""

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> tuple[int, ...]:
    """Return `pid` and all that descend from it; at most 4,096."""
    found = [pid]
    for one in found:
        if len(found) > 4096:  # noqa: PLR2004 - no peer starts as many
            break
        for task in Path(f"/proc/{one}/task").glob("*/children"):
            try:
                found += [int(child) for child in task.read_text().split()]
            except OSError:
                continue
    return tuple(found)


def clocks(pids: Iterable[int]) -> dict[int, float]:
    """User and system time of each since it started; who has ended has none."""
    found = {}
    for pid in pids:
        # The kernel's name for another process's CPU clock: clock_getcpuclockid(3).
        with suppress(OSError):
            found[pid] = time.clock_gettime((~pid << 3) | 2)
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """That of all `pids` together."""
    return sum(clocks(pids).values())


def used_since(before: Mapping[int, float]) -> float:
    """What those of `before` used that are still there: nginx's loader soon ends."""
    return sum(now - before[pid] for pid, now in clocks(before).items())


def user_and_system(pid: int) -> tuple[float, float]:
    """The same of one process from /proc/PID/stat, apart, in whole ticks."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / TICKS, int(fields[12]) / TICKS


def _rollup(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def pss(pids: tuple[int, ...]) -> int:
    """Proportional set size in bytes: shared pages are divided among their users."""
    return sum(_rollup(pid, "Pss") for pid in pids)


def rss(pids: tuple[int, ...]) -> int:
    """Resident set size in bytes."""
    return sum(_rollup(pid, "Rss") for pid in pids)
