"""Open loop: latency at a constant arrival rate, each by itself.

The generator is `sidecar loadtest`'s (`sidecar.loadtest.open_loop`); here every latency
is kept, for quantiles of rounds are compared, and one answer that is not good makes
all of them worthless.

Run as a program: port, path, rate, seconds. Prints one latency in seconds a line.
"""

import subprocess
import sys
from dataclasses import dataclass, field

from benchmarks.processes import HOST, LOAD_CORE, pinned
from sidecar.loadtest.open_loop import OpenLoop, Plan, Watch
from sidecar.loadtest.tally import Tally
from sidecar.loadtest.target import Question, target
from sidecar.units import Seconds

CONNECTIONS = 64
PATIENCE = 20.0  # seconds after a request was due
OK = 200


class Lost(Exception):
    """A connection ended, or an answer did not come, or was not 200."""


@dataclass(slots=True)
class Each(Tally):
    """A tally of good answers alone, one by one."""

    latencies: list[Seconds] = field(default_factory=list)

    def answer(self, status: int, took: Seconds) -> None:
        if status != OK:
            raise Lost(f"status {status}")
        self.latencies.append(took)

    def late(self, took: Seconds) -> None:
        raise Lost(f"no answer within {took:.0f} s")

    def failure(self, kind: str) -> None:
        raise Lost(kind)


def latencies(port: int, path: str, rate: int, seconds: float) -> list[float]:
    """Send `rate` requests a second and return the latency of each.

    Raises:
        Lost: if one is not answered with 200.
    """
    asked = target("benchmark", f"http://{HOST}:{port}{path}", Question())
    plan = Plan(rate, CONNECTIONS, PATIENCE, repeatable=False)
    loop = OpenLoop(asked, plan, Watch())
    loop.tally = each = Each(asked.name)
    try:
        loop.run(seconds)
    finally:
        loop.close()
    return each.latencies


def measured_apart(port: int, path: str, rate: int, seconds: float) -> list[float]:
    """Do the same in a process of its own on the core of the load."""
    arguments = [str(port), path, str(rate), str(seconds)]
    command = [sys.executable, "-m", "benchmarks.open_loop", *arguments]
    ran = subprocess.run(
        pinned(LOAD_CORE, command),
        capture_output=True,
        text=True,
        timeout=seconds + 3 * PATIENCE,
        check=False,
    )
    if ran.returncode:
        raise Lost(ran.stderr.strip().rpartition("\n")[2])
    return [float(line) for line in ran.stdout.split()]


if __name__ == "__main__":
    for latency in latencies(
        int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    ):
        print(f"{latency:.6f}")
