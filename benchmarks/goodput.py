"""Goodput: what an application that is asked for too much still answers in time.

`benchmarks.overload` as a row: everybody is given as many places as it has workers.
"""

from dataclasses import dataclass
from typing import Protocol

from benchmarks.figures import Result, Series
from benchmarks.overload import PATIENCE, run, served, soon
from benchmarks.overload_peers import PEERS
from benchmarks.pace import QUICK, Pace
from benchmarks.peers import Setting
from benchmarks.processes import StartFailed, program

QUICK_SECONDS = 3.0
PROGRAMS = {"nginx", "haproxy"}


class Keeps(Protocol):
    """`benchmarks.fleet`, which is to be quiet meanwhile."""

    def keep(self, settings: set[Setting]) -> None: ...


@dataclass(frozen=True, slots=True)
class Goodput:
    """Answers in time at `times` the capacity, as a share of what could be given."""

    key: str
    title: str
    times: float = 3.0
    peers: tuple[str, ...] = tuple(PEERS)
    seconds: float = 10.0

    def measure(self, fleet: Keeps, pace: Pace) -> list[Result]:
        """One load for each, one after the other; nobody else runs meanwhile."""
        fleet.keep(set())
        seconds = min(self.seconds, QUICK_SECONDS) if pace == QUICK else self.seconds
        answered = Series("% of what it can do", more_is_better=True)
        told = Series("% of refusals within 50 ms", more_is_better=True)
        note = (
            f"{self.times:g} times what 4 gunicorn workers of 300 ms can do, for"
            f" {seconds:g} s; clients leave after {PATIENCE:g} s"
        )
        result = Result(self.key, self.title, answered, beside=told, note=note)
        for name in self.peers:
            if name in PROGRAMS and program(name) is None:
                continue
            try:
                one = run(name, self.times, seconds)
            except (StartFailed, OSError) as error:
                result.failed[name] = str(error)
                continue
            answered.add(name, 100 * served(one, seconds))
            if one.times(503):
                told.add(name, 100 * soon(one))
        return [result]
