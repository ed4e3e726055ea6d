"""Control group: what the kernel limits us to, in cgroup v2 and v1.

A limit may stand at our group or at any above it; the smallest counts. In a
container the mount shows our own group as its root, or the path in
/proc/self/cgroup is that of the host: `_folders` knows both. Where a controller
hangs on a v1 hierarchy it is not in v2, even if both are mounted.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from sidecar.units import Bytes

# v1 says "no limit" with the largest multiple of a page.
_UNLIMITED: Bytes = 1 << 60
_DEEPEST = 64


@dataclass(frozen=True, slots=True)
class Cgroup:
    """None: no limit, or nobody says.

    quota: processor time per time. stat: the `cpu.stat` where it is enforced.
    """

    quota: float | None = None
    memory: Bytes | None = None
    stat: Path | None = None


@dataclass(frozen=True, slots=True)
class _Mount:
    kind: str
    root: PurePosixPath
    point: PurePosixPath
    options: frozenset[str]


def cgroup(root: Path = Path("/")) -> Cgroup:
    """Read what limits this process; `root` is another one in tests."""
    try:
        groups = (root / "proc/self/cgroup").read_text("utf-8", "replace")
        mounts = (root / "proc/self/mountinfo").read_text("utf-8", "replace")
    except OSError:
        return Cgroup()
    known = [mount for line in mounts.splitlines() if (mount := _mount(line))]
    quotas = [
        (quota, folder / "cpu.stat")
        for folder in _folders(root, groups, known, "cpu")
        if (quota := _quota(folder)) is not None
    ]
    memory = [
        limit
        for folder in _folders(root, groups, known, "memory")
        if (limit := _memory(folder)) is not None
    ]
    quota, stat = min(quotas, default=(None, None))
    return Cgroup(quota, min(memory, default=None), stat)


def _folders(
    root: Path, groups: str, mounts: list[_Mount], controller: str
) -> Iterator[Path]:
    """Our group's folder and those above it, of the hierarchy of `controller`."""
    kind, path = "", ""
    for line in groups.splitlines():
        _, _, rest = line.partition(":")
        controllers, _, where = rest.partition(":")
        if controller in controllers.split(","):
            kind, path = "cgroup", where
            break
        if not controllers:
            kind, path = "cgroup2", where
    for mount in mounts:
        if mount.kind != kind:
            continue
        if kind == "cgroup" and controller not in mount.options:
            continue
        point = root / mount.point.relative_to("/")
        inside = PurePosixPath(path)
        below = (
            inside.relative_to(mount.root).parts
            if inside.is_relative_to(mount.root) and ".." not in inside.parts
            else ()
        )
        for depth in range(min(len(below), _DEEPEST), -1, -1):
            yield point.joinpath(*below[:depth])
        return


def _mount(line: str) -> _Mount | None:
    """Read a line of mountinfo, proc(5); None for what is no control group's."""
    left, _, right = line.partition(" - ")
    before, after = left.split(" "), right.split(" ")
    if after[0] not in {"cgroup", "cgroup2"} or len(before) < 5:  # noqa: PLR2004
        return None
    point = PurePosixPath(before[4].replace(r"\040", " "))
    if not point.is_absolute():
        return None
    options = frozenset(after[-1].split(","))
    return _Mount(after[0], PurePosixPath(before[3]), point, options)


def _quota(folder: Path) -> float | None:
    version_2 = _numbers(folder / "cpu.max")
    if version_2 is not None:
        return version_2[0] / version_2[1] if len(version_2) > 1 else None
    quota = _numbers(folder / "cpu.cfs_quota_us")
    period = _numbers(folder / "cpu.cfs_period_us")
    return quota[0] / period[0] if quota and period else None


def _memory(folder: Path) -> Bytes | None:
    for name in ("memory.max", "memory.limit_in_bytes"):
        found = _numbers(folder / name)
        if found and found[0] < _UNLIMITED:
            return found[0]
    return None


def _numbers(file: Path) -> list[int] | None:
    """The file's positive numbers; those before a word or -1, which mean no limit."""
    try:
        words = file.read_text("ascii").split()
    except (OSError, ValueError):
        return None
    found = []
    for word in words:
        if not word.isdigit() or not int(word):
            return []
        found.append(int(word))
    return found
