"""An event loop of each kind, deadlines that are swept, and upstreams that end."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvloop

from sidecar.policy.deadlines import Deadlines
from sidecar.units import Instant
from sidecar.upstream.endpoint import Address
from sidecar.upstream.upstream import Settings, Upstream
from tests.upstream.exchange import until

Make = Callable[..., Upstream]


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """uvloop, and what serves where it is missing."""
    return {"uvloop": uvloop.new_event_loop, "asyncio": asyncio.SelectorEventLoop}


@pytest.fixture
async def deadlines() -> AsyncIterator[Deadlines]:
    """Swept as a worker does it, only faster."""
    watched = Deadlines()
    clock = asyncio.get_running_loop().time

    async def sweep() -> None:
        while True:
            watched.sweep(Instant(clock()))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(sweep())
    yield watched
    task.cancel()


@pytest.fixture
async def upstream(deadlines: Deadlines) -> AsyncIterator[Make]:
    """Make an upstream; when the test is over, it must not hold anything."""
    made: list[Upstream] = []

    def make(*addresses: Address, **options: Any) -> Upstream:
        shell = {k: options.pop(k) for k in ("lookup", "chance") if k in options}
        settings = Settings("backend", addresses, **options)
        made.append(Upstream(settings, deadlines, **shell))
        return made[-1]

    yield make
    for one in made:
        await one.close()
        assert set(one.counts().values()) == {0}
    await until(lambda: not len(deadlines))
