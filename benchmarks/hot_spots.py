"""Hot spots: where the sidecar's CPU time for one request goes, function by function.

    python -m benchmarks.hot_spots --engine aiohttp

Samples the pass-through row with py-spy, which must be installed. Time in C (the
kernel, uvloop, httptools) counts for the Python function that called it.
"""

import argparse
import re
import shutil
import subprocess
import tempfile
import threading
from collections import Counter
from pathlib import Path

from benchmarks.accounting import user_and_system
from benchmarks.fleet import Fleet
from benchmarks.loads import Load, closed_loop
from benchmarks.peers import ENGINES, PLAIN, sidecar
from benchmarks.processes import LOAD_CORE, Started, pinned, program
from benchmarks.rows import AGAINST_ALL

LOADS = {key: load for key, _, load in AGAINST_ALL}
_HOME = re.compile(r".*(?:/site-packages/|/python3\.\d+/|/(?=sidecar/))")


def own_time(stacks: str) -> Counter[str]:
    """Count samples by the innermost function, from `py-spy record -f raw`."""
    own: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        own[_named(frames.rpartition(";")[2])] += int(count)
    return own


def with_callees(stacks: str) -> Counter[str]:
    """Count samples by every function that was on the stack, once each."""
    whole: Counter[str] = Counter()
    for line in stacks.splitlines():
        frames, _, count = line.rpartition(" ")
        for name in {_named(frame) for frame in frames.split(";")}:
            whole[name] += int(count)
    return whole


def _named(frame: str) -> str:
    """`function (path:line)` as `path function`, the path below its package's home."""
    function, _, place = frame.rpartition(" (")
    path = place.rstrip(")").rpartition(":")[0] or place.rstrip(")")
    return f"{_HOME.sub('', path)} {function}"


def by_part(stacks: str, microseconds: float) -> str:
    """Return own time by package, and by folder of the sidecar, as Markdown."""
    parts: Counter[str] = Counter()
    for name, count in own_time(stacks).items():
        path = name.partition(" ")[0].split("/")
        parts["/".join(path[: 2 if path[0] == "sidecar" else 1])] += count
    total = sum(parts.values())
    lines = ["| part | own µs | own |", "|---|---|---|"]
    for part, count in parts.most_common(9):
        share = count / total
        lines.append(f"| `{part}` | {share * microseconds:.1f} | {share:.1%} |")
    return "\n".join(lines)


def table(stacks: str, microseconds: float, rows: int) -> str:
    """Return the functions with most time of their own, as Markdown."""
    own, whole = own_time(stacks), with_callees(stacks)
    total = sum(own.values())
    lines = ["| function | own µs | own | with what it calls |", "|---|---|---|---|"]
    for name, count in own.most_common(rows):
        share, all_ = count / total, whole[name] / total
        figures = f"{share * microseconds:.1f} | {share:.1%} | {all_:.1%}"
        lines.append(f"| `{name}` | {figures} |")
    rest = total - sum(count for _, count in own.most_common(rows))
    share = rest / total
    lines.append(f"| the rest | {share * microseconds:.1f} | {share:.1%} | |")
    return "\n".join(lines)


def _sampled(pid: int, seconds: int, output: Path) -> None:
    spy = ["py-spy", "record", "-p", str(pid), "-d", str(seconds), "-r", "250"]
    spy += ["-f", "raw", "-F", "-o", str(output), "--nonblocking"]
    path = program(spy[0])
    if path is None:
        raise SystemExit("error: py-spy is not installed")
    subprocess.run(
        pinned(LOAD_CORE, [path, *spy[1:]]),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
        timeout=seconds + 30,
    )


def _price(started: Started, load: Load, seconds: int) -> tuple[float, float]:
    """Return microseconds for a request in user and in system mode."""
    before = user_and_system(started.process.pid)
    seen = closed_loop(load, started.port, seconds)
    after = user_and_system(started.process.pid)
    user, system = (b - a for a, b in zip(before, after, strict=True))
    return user / seen.requests * 1e6, system / seen.requests * 1e6


def main() -> int:
    """Profile and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hot_spots")
    parser.add_argument("--engine", choices=ENGINES, default="aiohttp")
    parser.add_argument("--row", choices=LOADS, default="get-1k")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--functions", type=int, default=30)
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="spots-"))
    peer, load = sidecar(asked.engine), LOADS[asked.row]
    fleet = Fleet(folder, [peer])
    try:
        started = fleet.get(peer, PLAIN)
        user, system = _price(started, load, 3)
        stacks = folder / "stacks"
        spy = threading.Thread(
            target=_sampled, args=(started.process.pid, asked.seconds, stacks)
        )
        spy.start()
        closed_loop(load, started.port, asked.seconds)
        spy.join()
        print(f"{peer.name}, {asked.row}: {user:.0f} µs user, {system:.0f} system\n")
        text = stacks.read_text()
        print(by_part(text, user + system), "", sep="\n")
        print(table(text, user + system, asked.functions))
    finally:
        fleet.close()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
