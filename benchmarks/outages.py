"""Outages: how a backend's bad times end, in figures.

    python -m benchmarks.outages            all three, in a minute and a half
    python -m benchmarks.outages open       one of them

open         an open circuit: how soon clients are told so
flapping     a backend that is there for a second and gone for a second
metastable   half its speed for a while, and clients that ask three times again
"""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.figures import quantile
from benchmarks.overload import ask, running
from benchmarks.overload_peers import PLACES, sidecar
from benchmarks.processes import HOST, PROXY_CORE, free_port
from tests.harness.capacity import Backend

OK, OPEN = 200, 503
BREAKER = "breaker: {min_requests: 10, window: 5s, open_for: 100ms, max_open: 200ms}"
TAKES = 0.05
RATE = 0.6 * PLACES / TAKES
BEFORE, TRIGGER, AFTER = 5, 15, 20
BACK, ROW = 0.95, 3


class Application:
    """A backend that may be there or not."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.work = Backend(PLACES, 0.0)
        self._server: asyncio.Server | None = None

    async def begin(self) -> None:
        self._server = await asyncio.start_server(
            self.work, HOST, self.port, backlog=4096
        )

    async def end(self) -> None:
        if self._server is not None:
            self._server.close()
        for task in self.work.tasks:
            task.cancel()
        if self.work.tasks:
            await asyncio.wait(self.work.tasks)


@asynccontextmanager
async def stage(more: str = "") -> AsyncIterator[tuple[Application, int]]:
    """A backend that has not begun, and the port of the sidecar before it."""
    folder = Path(tempfile.mkdtemp(prefix="outages-"))
    origin, port = free_port(), free_port()
    backend = Application(origin)
    try:
        launch = sidecar(folder, port, origin, more)
        with running(launch, port, folder / "output", PROXY_CORE):
            yield backend, port
    finally:
        await backend.end()
        shutil.rmtree(folder)


async def opened() -> None:
    """Ask where there is nobody, until nobody is asked."""
    async with stage(", breaker: {min_requests: 10, open_for: 60s}") as (_, port):
        for _ in range(20):
            await ask(port)
        fates = [await ask(port) for _ in range(2000)]
    times = [fate.took * 1000 for fate in fates if fate.status == OPEN]
    print(
        f"open: {len(times)} of {len(fates)} told so, each on a new connection:"
        f" p50 {quantile(times, 0.5):.2f} ms, p99 {quantile(times, 0.99):.2f} ms"
        " (at most 5)",
        flush=True,
    )


async def flapping(times: int = 8) -> None:
    """Ask by the clock; the share of answers, of the time that there was somebody."""
    async with stage(f", {BREAKER}") as (backend, port):
        answered = total = 0
        for _ in range(times):
            for there in (True, False):
                if there:
                    await backend.begin()
                else:
                    await backend.end()
                fates = await _paced(port, 100, 1.0)
                total += len(fates)
                answered += sum(fates)
    share = answered / total
    print(
        f"flapping: {share:.0%} answered, where 50% could be (at least 40%)", flush=True
    )


async def metastable() -> None:
    """Each second's share of what is asked for that is answered within two."""
    for name in ("alone", "sidecar"):
        async with stage() as (backend, port):
            backend.work.takes = TAKES
            await backend.begin()
            shares = await _trigger(
                backend, port if name == "sidecar" else backend.port
            )
        before, during = shares[:BEFORE], shares[BEFORE : BEFORE + TRIGGER]
        after = back(shares[BEFORE + TRIGGER :], min(before))
        said = "never" if after is None else f"{after} s after it"
        print(
            f"metastable, {name}: {min(before):.0%} answered before,"
            f" {sum(during) / len(during):.0%} during the trigger,"
            f" as before {said} (at most 10)",
            flush=True,
        )


def back(shares: Sequence[float], before: float) -> int | None:
    """In which second three in a row begin that are nearly as before; None: in none."""
    for second in range(len(shares) - ROW + 1):
        if min(shares[second : second + ROW]) >= BACK * before:
            return second
    return None


async def _trigger(backend: Application, port: int) -> list[float]:
    seconds: list[asyncio.Task[list[bool]]] = []
    for second in range(BEFORE + TRIGGER + AFTER):
        slow = BEFORE <= second < BEFORE + TRIGGER
        backend.work.takes = TAKES * 2 if slow else TAKES
        seconds.append(asyncio.create_task(_paced(port, RATE, 1.0, tries=4)))
        await asyncio.sleep(1.0)
    found = await asyncio.gather(*seconds)
    return [sum(answers) / len(answers) for answers in found]


async def _paced(port: int, rate: float, length: float, tries: int = 1) -> list[bool]:
    """Who was answered, of those who come by the clock."""
    loop = asyncio.get_running_loop()
    began, tasks = loop.time(), []
    for number in range(int(rate * length)):
        await asyncio.sleep(max(0.0, began + number / rate - loop.time()))
        tasks.append(asyncio.create_task(_answered(port, tries)))
    return list(await asyncio.gather(*tasks))


async def _answered(port: int, tries: int) -> bool:
    for _ in range(tries):
        if (await ask(port)).status == OK:
            return True
    return False


SCENES: Mapping[str, Callable[[], Awaitable[None]]] = {
    "open": opened,
    "flapping": flapping,
    "metastable": metastable,
}


async def _all(names: list[str]) -> None:
    for name in names:
        await SCENES[name]()


def main() -> int:
    """Print what was asked for."""
    names = sys.argv[1:] or list(SCENES)
    if set(names) - set(SCENES):
        print(__doc__)
        return 2
    asyncio.run(_all(names))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
