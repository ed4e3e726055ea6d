"""The case this was made for: ten times more clients than the backend can serve.

Counts and not speeds: the backend takes its time by the clock, whatever the machine.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.conftest import Start
from tests.harness.crowd import GONE, Fate, request, statuses, stream

PLACES, TAKES = 4, 0.3
CAPACITY = PLACES / TAKES
PATIENCE = 1.0
LOAD = 5.0


class Backend:
    """So many work at once, each for so long; everybody else waits, for ever."""

    def __init__(self) -> None:
        self.free = asyncio.Semaphore(PLACES)
        self.inside = self.most = self.begun = 0
        self.ends: deque[float] = deque()

    async def answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self.inside += 1
                self.most = max(self.most, self.inside)
                async with self.free:
                    self.begun += 1
                    await asyncio.sleep(TAKES)
                self.inside -= 1
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def backend() -> AsyncIterator[tuple[Backend, int]]:
    made = Backend()
    server = await asyncio.start_server(made.answer, "127.0.0.1", 0, backlog=4096)
    yield made, server.sockets[0].getsockname()[1]
    server.close()


def good(fates: list[Fate]) -> int:
    return statuses(fates).get(200, 0)


async def load(port: int, times: float, seconds: float = LOAD) -> list[Fate]:
    return await stream(port, CAPACITY * times, seconds, request(), PATIENCE)


async def test_without_a_sidecar_it_falls_over() -> None:
    """What is to be prevented; if this fails, the others prove nothing."""
    async with backend() as (made, port):
        fates = await load(port, 10)
    assert statuses(fates).get(GONE, 0) > 0.5 * len(fates)
    assert made.most > PLACES


@pytest.mark.parametrize("limit", ["fixed", "adaptive"])
async def test_with_it_what_can_be_served_is(limit: str, own_sidecar: Start) -> None:
    adaptive = limit == "adaptive"
    async with backend() as (made, port):
        sidecar = own_sidecar(
            {
                "upstreams": {"default": {"url": f"http://127.0.0.1:{port}"}},
                "defaults": {
                    "concurrency": {
                        "max": 40 if adaptive else PLACES,
                        "adaptive": adaptive,
                    }
                },
            }
        )
        before = await load(sidecar.port, 0.5, 2.0)
        fates = await load(sidecar.port, 10)
        after = await load(sidecar.port, 0.5, 2.0)
    # What is counted here holds on a busy machine, too; shares and times are
    # benchmarks/overload.py's.
    assert good(before)
    assert good(fates)
    assert statuses(fates)[503] > good(fates)
    assert made.most <= (40 if adaptive else PLACES)
    assert good(after)


async def test_first_come_first_served_would_serve_nobody_in_time(
    own_sidecar: Start,
) -> None:
    """A long queue without an eye on it: the answers come when nobody waits."""
    async with backend() as (_, port):
        sidecar = own_sidecar(
            {
                "upstreams": {
                    "default": {
                        "url": f"http://127.0.0.1:{port}",
                        "connections": PLACES,
                    }
                }
            }
        )
        fates = await load(sidecar.port, 10)
    assert good(fates) < 0.5 * CAPACITY * LOAD


async def test_who_is_more_important_goes_first(own_sidecar: Start) -> None:
    async with backend() as (_, port):
        sidecar = own_sidecar(
            {
                "upstreams": {
                    "default": {
                        "url": f"http://127.0.0.1:{port}",
                        "concurrency": {"max": PLACES},
                    }
                },
                "routes": [
                    {
                        "name": "orders",
                        "match": {"path": "/orders"},
                        "priority": "high",
                    }
                ],
            }
        )
        many, few = await asyncio.gather(
            stream(sidecar.port, CAPACITY * 5, LOAD, request(), PATIENCE),
            stream(sidecar.port, CAPACITY * 0.5, LOAD, request(b"/orders"), PATIENCE),
        )
    assert good(few) * len(many) > good(many) * len(few)
