"""Processes: the family of a sidecar, as the kernel shows it."""

from pathlib import Path

import psutil

from tests.harness.sidecar import Sidecar


def children(pid: int) -> list[int]:
    """Asked of every process: the kernel's own list of children leaves some out while
    one of them ends (proc(5))."""
    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.NoSuchProcess:
        return []


def workers(sidecar: Sidecar) -> list[int]:
    """The children that listen where clients connect, the oldest first."""
    return [pid for pid in children(sidecar.pid) if _listens(pid, sidecar.port)]


def lives(pid: int) -> bool:
    """Whether it is there, and not only to be waited for."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat.rpartition(b")")[2].split()[0] != b"Z"


def _listens(pid: int, port: int) -> bool:
    try:
        table = Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]
        open_files = [_target(fd) for fd in Path(f"/proc/{pid}/fd").iterdir()]
    except OSError:  # it is ending
        return False
    rows = [line.split() for line in table]
    listening = {
        f"socket:[{row[9]}]"
        for row in rows
        if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port
    }
    return not listening.isdisjoint(open_files)


def _target(fd: Path) -> str:
    """What it is; nothing where it was closed meanwhile."""
    try:
        return str(fd.readlink())
    except OSError:
        return ""
