"""Store outages: what clients notice of a Redis that freezes, dies or flaps.

    python -m benchmarks.store_outages              all of it, in half a minute
    chrt -r 1 python -m benchmarks.store_outages    the same, where others are busy, too

Every request is for something new, so that each asks Redis first. Delays are those
beyond the median while Redis is well; the worst of that time tells what the machine
itself does to a request.
"""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.figures import quantile
from benchmarks.processes import HOST
from tests.harness.capacity import backend
from tests.harness.sidecar import Sidecar
from tests.harness.valkey import Valkey

CLIENTS = 4
EACH = 0.01
"""Seconds between two requests of a client."""
LENGTH = 4.0
FLAP = 0.4
BUDGET_MS = 50
LATE_MS = 10.0


@dataclass(frozen=True, slots=True)
class Fate:
    status: int
    ms: float


def summary(name: str, fates: Sequence[Fate], usual: float) -> str:
    """One line of what became of those who asked; `usual`: milliseconds."""
    added = sorted(fate.ms - usual for fate in fates)
    failed = sum(fate.status != 200 for fate in fates)  # noqa: PLR2004
    late = sum(one > LATE_MS for one in added)
    return (
        f"{name}: {len(fates)} requests, {failed} failed; added p50"
        f" {quantile(added, 0.5):.1f} ms, p99 {quantile(added, 0.99):.1f} ms, worst"
        f" {added[-1]:.1f} ms; {late} by more than {LATE_MS:g} ms"
    )


class Clients:
    """Ask for what nobody asked for before, by the clock."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._asked = 0

    async def ask_for(self, seconds: float) -> list[Fate]:
        fates: list[Fate] = []
        await asyncio.gather(*(self._one(seconds, fates) for _ in range(CLIENTS)))
        return fates

    async def _one(self, seconds: float, fates: list[Fate]) -> None:
        loop = asyncio.get_running_loop()
        reader, writer = await asyncio.open_connection(HOST, self._port)
        began = loop.time()
        for number in range(int(seconds / EACH)):
            await asyncio.sleep(max(0.0, began + number * EACH - loop.time()))
            self._asked += 1
            asked = loop.time()
            writer.write(b"GET /%d HTTP/1.1\r\nHost: t\r\n\r\n" % self._asked)
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].split(None, 1)[0]
            await reader.readexactly(int(length))
            fates.append(Fate(int(head[9:12]), (loop.time() - asked) * 1000))
        writer.close()


@asynccontextmanager
async def stage() -> AsyncIterator[tuple[Valkey, Clients]]:
    """A Redis, a sidecar that stores there, and who asks it."""
    with tempfile.TemporaryDirectory(prefix="store-outages-") as folder:
        async with backend(CLIENTS, 0.0) as (_, origin):
            with Valkey() as server:
                config = {
                    "upstreams": {"default": {"url": f"http://{HOST}:{origin}"}},
                    "store": {
                        "redis": {"url": server.url, "timeout": f"{BUDGET_MS}ms"}
                    },
                    "defaults": {"cache": {"ttl": "60s"}},
                    "telemetry": {"access_log": "off"},
                }
                with Sidecar(config, Path(folder)) as sidecar:
                    yield server, Clients(sidecar.port)


async def frozen(server: Valkey) -> None:
    """Frozen in the middle, and thawed at the end."""
    await asyncio.sleep(LENGTH / 4)
    server.freeze()
    await asyncio.sleep(LENGTH / 2)
    server.thaw()


async def killed(server: Valkey) -> None:
    """Killed in the middle, and started again at the end."""
    await asyncio.sleep(LENGTH / 4)
    await asyncio.to_thread(server.kill)
    await asyncio.sleep(LENGTH / 2)
    await asyncio.to_thread(server.again)


async def flapping(server: Valkey) -> None:
    """Frozen as often as it is there."""
    for _ in range(int(LENGTH / FLAP / 2)):
        server.freeze()
        await asyncio.sleep(FLAP)
        server.thaw()
        await asyncio.sleep(FLAP)


EVILS: Mapping[str, Callable[[Valkey], Awaitable[None]]] = {
    "frozen": frozen,
    "killed": killed,
    "flapping": flapping,
}


async def _all() -> None:
    print(f"A budget of {BUDGET_MS} ms for each request.")
    async with stage() as (server, clients):
        await clients.ask_for(LENGTH / 4)
        fates = await clients.ask_for(LENGTH)
        usual = quantile(sorted(fate.ms for fate in fates), 0.5)
        print(f"usual: {usual:.1f} ms")
        print(summary("well", fates, usual), flush=True)
        for name, evil in EVILS.items():
            fates, _ = await asyncio.gather(clients.ask_for(LENGTH), evil(server))
            print(summary(name, fates, usual), flush=True)
            # Until a probe has found it again.
            await asyncio.sleep(LENGTH / 2)


if __name__ == "__main__":
    asyncio.run(_all())
    sys.exit(0)
