"""Latency: what a peer adds to the origin's own, and proof that a stall would show."""

import os
import signal
import threading
import time
from dataclasses import dataclass

from benchmarks.figures import Result, Series, quantile
from benchmarks.fleet import Fleet, Refused, check
from benchmarks.loads import Load
from benchmarks.open_loop import Lost, measured_apart
from benchmarks.pace import Pace
from benchmarks.peers import PLAIN
from benchmarks.processes import StartFailed

DIRECT = "direct, no proxy"
PATH = "/1k.json"
LOAD = Load(PATH, 1000)
FREEZE = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class AddedLatency:
    """Quantiles of latency over direct ones of the same round, in milliseconds."""

    key: str
    title: str
    peers: tuple[str, ...]
    q: tuple[float, ...] = (0.5, 0.99, 0.999)

    def measure(self, fleet: Fleet, pace: Pace) -> list[Result]:
        """Run all rounds; one result for each quantile."""
        results = [
            Result(
                f"{self.key}-p{q * 100:g}",
                f"{self.title}, p{q * 100:g}",
                Series("added ms"),
                beside=Series("ms"),
                note=f"{pace.rate:,} requests/s for {pace.open_loop:g} s a round",
            )
            for q in self.q
        ]
        ports = self._ports(fleet, results)
        end = time.monotonic() + pace.row_limit
        for number in range(pace.rounds):
            if number and time.monotonic() > end:
                break
            turn = number % len(ports)
            order = list(ports.items())
            seen: dict[str, list[float]] = {}
            for name, port in order[turn:] + order[:turn]:
                try:
                    seen[name] = measured_apart(port, PATH, pace.rate, pace.open_loop)
                except Lost as error:
                    _fail(results, name, str(error))
            self._record(results, seen)
        for result in results:
            for name in result.failed:
                result.main.samples.pop(name, None)
        return results

    def _ports(self, fleet: Fleet, results: list[Result]) -> dict[str, int]:
        ports = {DIRECT: fleet.origin.port}
        fleet.keep({PLAIN})
        for name in self.peers:
            try:
                started = fleet.get(fleet.peer(name), PLAIN)
                check(started.port, LOAD)
            except (StartFailed, Refused) as error:
                _fail(results, name, str(error))
            else:
                ports[name] = started.port
        return ports

    def _record(self, results: list[Result], seen: dict[str, list[float]]) -> None:
        direct = seen.get(DIRECT)
        if direct is None:
            return
        for q, result in zip(self.q, results, strict=True):
            base = quantile(direct, q)
            for name, latencies in seen.items():
                whole = quantile(latencies, q)
                if result.beside:
                    result.beside.add(name, whole * 1000)
                if name != DIRECT:
                    result.main.add(name, (whole - base) * 1000)


def _fail(results: list[Result], name: str, reason: str) -> None:
    for result in results:
        result.failed[name] = reason


def frozen_p99(pid: int, port: int, rate: int) -> float:
    """Freeze a server for one second of three; the p99 of latency, in seconds.

    A harness that waits with the server would show a few milliseconds. This must
    show most of the second.
    """
    timers = (
        threading.Timer(FREEZE, os.kill, (pid, signal.SIGSTOP)),
        threading.Timer(2 * FREEZE, os.kill, (pid, signal.SIGCONT)),
    )
    for timer in timers:
        timer.start()
    try:
        return quantile(measured_apart(port, PATH, rate, 3 * FREEZE), 0.99)
    finally:
        for timer in timers:
            timer.cancel()
        os.kill(pid, signal.SIGCONT)


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """The proof, as a row: the origin, frozen for a second."""

    key: str
    title: str

    def measure(self, fleet: Fleet, pace: Pace) -> list[Result]:
        """Freeze the origin's worker once."""
        series = Series("ms")
        p99 = frozen_p99(fleet.origin.pids[-1], fleet.origin.port, pace.rate)
        series.add(DIRECT, p99 * 1000)
        note = "frozen for 1,000 ms; a harness that omits would show a few ms"
        return [Result(self.key, self.title, series, note=note)]
