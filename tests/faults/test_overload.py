"""The case this was made for: ten times more clients than the backend can serve.

Counts and not speeds: the backend takes its time by the clock, whatever the machine.
"""

import asyncio

import pytest

from tests.conftest import Start
from tests.harness.capacity import backend
from tests.harness.crowd import GONE, Fate, request, rush, statuses, stream

PLACES, TAKES = 4, 0.3
CAPACITY = PLACES / TAKES
PATIENCE = 1.0
LOAD = 5.0


def good(fates: list[Fate]) -> int:
    return statuses(fates).get(200, 0)


async def load(port: int, times: float, seconds: float = LOAD) -> list[Fate]:
    return await stream(port, CAPACITY * times, seconds, request(), PATIENCE)


async def test_without_a_sidecar_it_falls_over() -> None:
    """What is to be prevented; if this fails, the others prove nothing."""
    async with backend(PLACES, TAKES) as (made, port):
        fates = await load(port, 10)
    assert statuses(fates).get(GONE, 0) > 0.5 * len(fates)
    assert made.most > PLACES


@pytest.mark.parametrize("limit", ["fixed", "adaptive"])
async def test_with_it_what_can_be_served_is(limit: str, own_sidecar: Start) -> None:
    adaptive = limit == "adaptive"
    async with backend(PLACES, TAKES) as (made, port):
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
    async with backend(PLACES, TAKES) as (_, port):
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
    async with backend(PLACES, TAKES) as (_, port):
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


async def test_what_takes_long_waits_in_line(own_sidecar: Start) -> None:
    """No place is free for longer than 100 ms, and nothing is wrong."""
    queue = {"size": 20, "timeout": "60s", "shed": False}
    async with backend(1, TAKES) as (made, port):
        sidecar = own_sidecar(
            {
                "upstreams": {"default": {"url": f"http://127.0.0.1:{port}"}},
                "defaults": {
                    "timeouts": {"request": "60s"},
                    "concurrency": {"max": 1, "queue": queue},
                },
            }
        )
        fates = await rush([sidecar.port], [request()] * 6, patience=60.0)
    assert statuses(fates) == {200: 6}
    assert made.most == 1
