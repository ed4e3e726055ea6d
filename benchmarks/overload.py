"""Overload: many more clients than an application can serve, with and without help.

A Flask application of 4 gunicorn workers that takes 300 ms, and clients that come by
the clock, at so many times its capacity, and give up after two seconds. What counts is
how many are answered in time, and how soon it is over when the load is.

python -m benchmarks.overload                          alone and behind the sidecar
python -m benchmarks.overload --times 3 --peers nginx,haproxy,sidecar
"""

import argparse
import asyncio
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.accounting import pss
from benchmarks.overload_peers import PEERS, PLACES
from benchmarks.processes import (
    HOST,
    LOAD_CORE,
    PROXY_CORE,
    Launch,
    Started,
    free_port,
    program,
    start,
    stop,
)

TAKES = 0.3
CAPACITY = PLACES / TAKES
PATIENCE = 2.0
WARM_UP, RECOVERY = 2.0, 30.0
SOON = 0.05
MIB = 1 << 20

APPLICATION = f"""
import time
from flask import Flask
app = Flask(__name__)
@app.get("/")
def page():
    time.sleep({TAKES})
    return "hello"
"""


@dataclass(frozen=True, slots=True)
class Fate:
    """How one client fared; the status of who gave up is 0."""

    status: int
    took: float


@dataclass(frozen=True, slots=True)
class Result:
    name: str
    fates: list[Fate]
    recovered: float | None
    memory: int

    def share(self, status: int) -> float:
        return sum(fate.status == status for fate in self.fates) / len(self.fates)

    def times(self, status: int) -> list[float]:
        return sorted(fate.took for fate in self.fates if fate.status == status)


def soon(result: Result) -> float:
    """Refusals that came at once, of all."""
    times = result.times(503)
    return sum(time <= SOON for time in times) / len(times)


def served(result: Result, seconds: float) -> float:
    """Answers in time, of those that the application can give."""
    return len(result.times(200)) / (CAPACITY * seconds)


async def ask(port: int, patience: float = PATIENCE) -> Fate:
    loop = asyncio.get_running_loop()
    began, status, writer = loop.time(), 0, None
    try:
        async with asyncio.timeout(patience):
            reader, writer = await asyncio.open_connection(HOST, port)
            writer.write(b"GET / HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n")
            line = await reader.readline()
            status = int(line.split()[1]) if line else 0
    except (OSError, TimeoutError):
        pass
    finally:
        if writer is not None:
            writer.close()
    return Fate(status, loop.time() - began)


async def load(port: int, rate: float, seconds: float) -> list[Fate]:
    """An open loop: they come by the clock, whatever became of those before."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    tasks = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        tasks.append(loop.create_task(ask(port)))
    return list(await asyncio.gather(*tasks))


async def recovery(port: int) -> float | None:
    """Seconds until three in a row are answered within a second; None: not in time."""
    loop = asyncio.get_running_loop()
    began, row, first = loop.time(), 0, 0.0
    while loop.time() < began + RECOVERY:
        asked = loop.time()
        fate = await ask(port, 1.0)
        if fate.status == 200:  # noqa: PLR2004
            first = first if row else asked
            row += 1
            if row == 3:  # noqa: PLR2004
                return first - began
        else:
            row = 0
            await asyncio.sleep(0.1)
    return None


@contextmanager
def running(launch: Launch, port: int, log: Path, core: int) -> Iterator[Started]:
    started = start(launch, port, log, core)
    try:
        yield started
    finally:
        stop(started)


def run(name: str, times: float, seconds: float) -> Result:
    """One peer, with an application of its own."""
    folder = Path(tempfile.mkdtemp(prefix="overload-"))
    try:
        (folder / "application.py").write_text(APPLICATION)
        origin, port = free_port(), free_port()
        gunicorn = program("gunicorn") or "gunicorn"
        application = [
            *(gunicorn, "--workers", str(PLACES), "--bind", f"{HOST}:{origin}"),
            *("--backlog", "2048", "--log-level", "critical", "application:app"),
        ]
        with running(Launch(application), origin, folder / "log", LOAD_CORE) as app:
            command = PEERS[name]
            if command is None:
                return asyncio.run(_measured(name, origin, app, times, seconds))
            launch = command(folder, port, origin)
            with running(launch, port, folder / "peer", PROXY_CORE) as peer:
                return asyncio.run(_measured(name, port, peer, times, seconds))
    finally:
        shutil.rmtree(folder)


async def _measured(
    name: str, port: int, peer: Started, times: float, seconds: float
) -> Result:
    await load(port, CAPACITY / 2, WARM_UP)
    fates = await load(port, CAPACITY * times, seconds)
    recovered = await recovery(port)
    return Result(name, fates, recovered, pss(peer.pids))


def table(results: Sequence[Result], seconds: float) -> str:
    """The figures side by side, as Markdown."""
    rows: list[tuple[str, Callable[[Result], str]]] = [
        ("answered in time", lambda one: f"{one.share(200):.0%}"),
        ("… of what the application can do", lambda one: f"{served(one, seconds):.0%}"),
        ("timed out", lambda one: f"{one.share(0):.0%}"),
        ("refused", lambda one: f"{one.share(503):.0%}"),
        ("… within 50 ms", lambda one: f"{soon(one):.0%}" if one.times(503) else "-"),
        ("p50 of answers", lambda one: _at(one.times(200), 0.5)),
        ("p99 of answers", lambda one: _at(one.times(200), 0.99)),
        ("p99 of refusals", lambda one: _at(one.times(503), 0.99)),
        ("back to normal after", lambda one: _seconds(one.recovered)),
        ("memory (alone: the application)", lambda one: f"{one.memory / MIB:.0f} MiB"),
    ]
    lines = ["| | " + " | ".join(one.name for one in results) + " |"]
    lines.append("|---" * (len(results) + 1) + "|")
    lines += [
        f"| {label} | " + " | ".join(cell(one) for one in results) + " |"
        for label, cell in rows
    ]
    return "\n".join(lines)


def _at(times: list[float], share: float) -> str:
    return f"{times[int((len(times) - 1) * share)] * 1000:.0f} ms" if times else "-"


def _seconds(recovered: float | None) -> str:
    return f"more than {RECOVERY:.0f} s" if recovered is None else f"{recovered:.1f} s"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.overload")
    parser.add_argument("--times", default="3,10", help="of its capacity")
    parser.add_argument("--seconds", type=float, default=10.0, help="of load")
    parser.add_argument("--peers", default="alone,sidecar", help=", ".join(PEERS))
    arguments = parser.parse_args()
    names, seconds = arguments.peers.split(","), arguments.seconds
    print(
        f"A Flask application of {PLACES} gunicorn workers that takes {TAKES:g} s:"
        f" {CAPACITY:.1f} requests a second.",
        flush=True,
    )
    for times in map(float, arguments.times.split(",")):
        print(
            f"\nClients at {times:g} times that for {seconds:g} s, each with"
            f" {PATIENCE:g} s of patience.\n",
            flush=True,
        )
        results = [run(name, times, seconds) for name in names]
        print(table(results, seconds), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
