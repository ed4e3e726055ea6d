"""Slices: contestants measured in turn, A B C A B C …, a second or so each.

Whatever the machine does besides, it does to all. The order is turned by one from
round to round, so that nobody always follows the same neighbour.
"""

import time
from dataclasses import dataclass

from benchmarks.accounting import clocks, used_since
from benchmarks.figures import Result, Series
from benchmarks.fleet import Fleet, Refused, check
from benchmarks.loads import Load, closed_loop
from benchmarks.pace import Pace
from benchmarks.peers import PLAIN, Setting
from benchmarks.processes import Started, StartFailed

LONGER = 2.0  # seconds, after a slice in which nothing came back


@dataclass(frozen=True, slots=True)
class Contestant:
    """A peer with a setting under a load, and the name it has in the table."""

    label: str
    peer: str
    load: Load
    setting: Setting = PLAIN


@dataclass(frozen=True, slots=True)
class ClosedLoop:
    """A row that is measured by wrk.

    `per_byte`: MB for each second of CPU, instead of CPU for each request. `sized`:
    beside it, bytes for each response, heads included.
    """

    key: str
    title: str
    contestants: tuple[Contestant, ...]
    reference: str = ""
    per_byte: bool = False
    sized: bool = False
    note: str = ""

    def measure(self, fleet: Fleet, pace: Pace) -> Result:
        """Run all rounds."""
        unit = "MB per CPU second" if self.per_byte else "CPU µs per request"
        main = Series(unit, more_is_better=self.per_byte)
        carried = Series("requests/s", more_is_better=True)
        if self.sized:
            carried = Series("bytes per response")
        result = Result(
            self.key, self.title, main, self.reference, carried, note=self.note
        )
        running = self._start(fleet, pace, result)
        end = time.monotonic() + pace.row_limit
        for number in range(pace.rounds):
            if number and time.monotonic() > end:
                break
            turn = number % max(len(running), 1)
            for contestant, started in running[turn:] + running[:turn]:
                if contestant.label in result.failed:
                    continue
                self._slice(contestant, started, pace, result)
        for label in result.failed:
            main.samples.pop(label, None)
            carried.samples.pop(label, None)
        return result

    def _start(
        self, fleet: Fleet, pace: Pace, result: Result
    ) -> list[tuple[Contestant, Started]]:
        """Start, ask once, warm up."""
        running = []
        fleet.keep({contestant.setting for contestant in self.contestants})
        for contestant in self.contestants:
            try:
                started = fleet.get(fleet.peer(contestant.peer), contestant.setting)
                check(started.port, contestant.load)
                if pace.warm_up:
                    closed_loop(contestant.load, started.port, pace.warm_up)
            except (StartFailed, Refused) as error:
                result.failed[contestant.label] = str(error)
            else:
                running.append((contestant, started))
        return running

    def _slice(
        self, contestant: Contestant, started: Started, pace: Pace, result: Result
    ) -> None:
        pids = started.pids
        for seconds in (pace.slice, LONGER):
            before = clocks(pids)
            seen = closed_loop(contestant.load, started.port, seconds)
            used = used_since(before)
            if seen.requests:
                break
        if seen.faults or not seen.requests:
            result.failed[contestant.label] = seen.faults or "no answer"
            return
        if self.per_byte:
            figure = seen.read / 1e6 / used
        else:
            figure = used / seen.requests * 1e6
        result.main.add(contestant.label, figure)
        if result.beside:
            carried = seen.read if self.sized else seen.requests
            per = seen.requests if self.sized else seen.seconds
            result.beside.add(contestant.label, carried / per)
