"""Workers: what a second and a third one add, in throughput and in memory.

python -m benchmarks.workers [--engine express] [--rounds 5] [--slice 2]

Sidecars with 1, 2 and 3 workers stand before one nginx and are asked in turn. Where
client and origin take part of the same processors, requests a second say less than
`capacity`: how many times the load of one worker the workers could carry on
processors of their own. It follows from the CPU time of a request and from the share
of the busiest worker, each in the best of all rounds, so that others who use the
machine disturb it little.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.accounting import cpu_seconds, pss, tree
from benchmarks.fleet import Fleet
from benchmarks.loads import counted
from benchmarks.processes import HOST, Started, program

WORKERS = (1, 2, 3)
CONNECTIONS = 64
MIB = 1 << 20


@dataclass(slots=True)
class Crew:
    """A sidecar of so many workers, and what was seen of it."""

    process: "subprocess.Popen[str]"
    port: int
    workers: int
    memory: float
    pids: tuple[int, ...]
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)

    def measure(self, seconds: int) -> None:
        """One slice."""
        before = {pid: cpu_seconds((pid,)) for pid in self.pids}
        asked = subprocess.run(
            [
                program("wrk") or "wrk",
                "-t1",
                f"-c{CONNECTIONS}",
                f"-d{seconds}s",
                self._url,
            ],
            capture_output=True,
            text=True,
            check=True,
        )
        used = [cpu_seconds((pid,)) - spent for pid, spent in before.items()]
        found = counted(asked.stdout)
        self.rates.append(found.requests / found.seconds)
        self.costs.append(sum(used) / found.requests)
        self.shares.append(max(used) / sum(used))

    @property
    def _url(self) -> str:
        return f"http://{HOST}:{self.port}/1k.json"


def _started(workers: int, engine: str, origin: Started, folder: Path) -> Crew:
    configuration = {
        "listen": f"{HOST}:0",
        "health": {"listen": f"{HOST}:0"},
        "admin": {"listen": f"{HOST}:0"},
        "engine": engine,
        "workers": workers,
        "telemetry": {"access_log": "off"},
        "upstreams": {"default": {"url": f"http://{HOST}:{origin.port}"}},
    }
    file = folder / f"{workers}.yaml"
    file.write_text(json.dumps(configuration))
    process = subprocess.Popen(
        [sys.executable, "-m", "sidecar", "run", "-c", str(file)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
    )
    for line in process.stderr or ():
        if ready := re.match(r"sidecar ready on http://[^:]+:(\d+)", line):
            pids = tree(process.pid)
            port = int(ready[1])
            crew = Crew(process, port, workers, 0.0, pids)
            crew.measure(1)
            crew.memory = pss(pids) / MIB
            for seen in (crew.rates, crew.costs, crew.shares):
                seen.clear()
            return crew
    raise SystemExit(f"the sidecar with {workers} workers did not start")


def _table(crews: list[Crew]) -> str:
    lines = [
        "| workers | requests/s | CPU/request | busiest | capacity | PSS | further |",
        "|---|---|---|---|---|---|---|",
    ]
    one = crews[0]
    memory = one.memory
    for crew in crews:
        cost, share = min(crew.costs), min(crew.shares)
        capacity = min(one.costs) / cost / share
        lines.append(
            f"| {crew.workers} | {max(crew.rates):,.0f} | {cost * 1e6:.1f} µs"
            f" | {share:.0%} | {capacity:.2f} times | {crew.memory:.1f} MiB"
            f" | {crew.memory - memory:+.1f} MiB |"
        )
        memory = crew.memory
    return "\n".join(lines)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.workers",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--engine", default="express")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--slice", type=int, default=2, help="seconds")
    asked = parser.parse_args()
    if lacking := [name for name in ("nginx", "wrk") if program(name) is None]:
        print(f"error: not installed: {', '.join(lacking)}", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        fleet = Fleet(folder, [])
        crews: list[Crew] = []
        try:
            crews += (
                _started(workers, asked.engine, fleet.origin, folder)
                for workers in WORKERS
            )
            for _ in range(asked.rounds):
                for crew in crews:
                    crew.measure(asked.slice)
        finally:
            for crew in crews:
                crew.process.terminate()
                crew.process.wait()
            fleet.close()
    print(_table(crews))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
