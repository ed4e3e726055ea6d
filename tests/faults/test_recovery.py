"""What becomes of a backend's bad times, and that everything is well after them.

Counts and order only: how long it takes is benchmarks/outages.py's to say.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from tests.conftest import Start
from tests.faults.test_backend import full_port, upstream
from tests.faults.test_breaker import ask, guarded, metric, shown
from tests.harness.capacity import backend
from tests.harness.client import get
from tests.harness.crowd import ask as asked
from tests.harness.crowd import request, rush, statuses
from tests.harness.origin import Origin, Wait, reply
from tests.harness.ports import reserved_port
from tests.harness.sidecar import await_condition

__all__ = ["full_port"]

BAD = reply(b"sorry", status=b"500 Internal Server Error")
DEADLINE = 60.0
IN_A_ROW = 50


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(DEADLINE):
        while not condition():
            await asyncio.sleep(0.01)


async def test_probes_of_all_workers(own_sidecar: Start, origin: Origin) -> None:
    """Whoever comes to whichever worker: no more than `probes` reach the backend."""
    origin.script(b"/", BAD)
    sidecar = own_sidecar(guarded(probes=3, open_for="300ms") | {"workers": 3})
    await asyncio.to_thread(
        await_condition, lambda: ask(sidecar, 12) == [503] * 12, DEADLINE
    )
    origin.script(b"/", (Wait("go"), reply(b"well")))
    origin.take()
    await until(lambda: shown(sidecar)["default"]["left"] == 0)
    tasks = [
        asyncio.create_task(asked(sidecar.port, request(), DEADLINE)) for _ in range(90)
    ]
    # Each of them is refused, or waits for the backend.
    await until(
        lambda: sum(task.done() for task in tasks) + len(origin.received) == len(tasks)
    )
    assert 1 <= len(origin.received) <= 3
    assert {task.result().status for task in tasks if task.done()} == {503}
    origin.script(b"/", reply(b"well"))
    origin.release("go")
    await asyncio.wait(tasks)
    # Who had none of the probes hears of it from the others.
    await asyncio.to_thread(
        await_condition,
        lambda: (
            ask(sidecar, 12) == [200] * 12
            and metric(sidecar, "sidecar_breaker_state") == 0
        ),
        DEADLINE,
    )


async def test_a_black_hole(own_sidecar: Start, full_port: int) -> None:
    """R2: who waits for it is bounded by places, and then nobody does."""
    config = guarded(min_requests=4, open_for="60s", max_open="60s")
    config["defaults"] |= {
        "timeouts": {"connect": "500ms"},
        "concurrency": {"max": 4, "queue": {"size": 4}},
    }
    sidecar = own_sidecar({**config, **upstream(full_port)})
    found = statuses(await rush([sidecar.port], [request()] * 40, DEADLINE))
    assert set(found) == {503, 504}
    assert found[504] <= 4 + 4  # they had places, or got one while it was closed
    assert found[503] >= 32
    assert ask(sidecar, 20) == [503] * 20
    assert shown(sidecar)["default"]["state"] == "open"
    await until(lambda: metric(sidecar, "http_requests_in_flight") == 0)


def test_flapping(own_sidecar: Start) -> None:
    """R9: it does not oscillate with each request, and uses the good times."""
    port = reserved_port()
    sidecar = own_sidecar(guarded(port, open_for="100ms", max_open="200ms"))
    for _ in range(3):
        changes = metric(sidecar, "sidecar_breaker_transitions_total")
        probes = metric(sidecar, "sidecar_breaker_transitions_total", 'to="half_open"')
        found = ask(sidecar, 200)
        changes = metric(sidecar, "sidecar_breaker_transitions_total") - changes
        probes = (
            metric(sidecar, "sidecar_breaker_transitions_total", 'to="half_open"')
            - probes
        )
        # As many as the window asks for; after that each half-open time lets one fail.
        assert set(found) == {502, 503}
        assert found.count(502) <= 20 + probes
        assert changes == 1 + 2 * probes
        with Origin(port=port):
            await_condition(lambda: get(sidecar.port).status == 200, DEADLINE)
            await_condition(lambda: ask(sidecar, 5) == [200] * 5, DEADLINE)


class Crowd:
    """Clients that ask and think in turn, and three times more where it fails."""

    def __init__(self, port: int, clients: int, thinks: float = 0.0) -> None:
        self.port, self.thinks = port, thinks
        self.row = 0
        """How many in a row were answered at their first try."""
        self.failed = 0
        self._tasks = [asyncio.create_task(self._ask()) for _ in range(clients)]

    async def _ask(self) -> None:
        while True:
            for again in (False, True, True, True):
                fate = await asked(self.port, request(), DEADLINE)
                if fate.status == 200:
                    self.row = 0 if again else self.row + 1
                    break
                self.row = 0
                self.failed += 1
                await asyncio.sleep(0.005)
            await asyncio.sleep(self.thinks)

    async def leave(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks)


def sheltered(port: int, **more: Any) -> dict[str, Any]:
    return {
        **upstream(port),
        "defaults": {"concurrency": {"max": 4}, "breaker": {"open_for": "1s"}, **more},
    }


async def calm(crowd: Crowd) -> None:
    """Wait until so many in a row were answered at their first try."""
    crowd.row = 0
    await until(lambda: crowd.row >= IN_A_ROW)


@pytest.mark.parametrize("limit", ["fixed", "adaptive"])
async def test_a_slow_time(limit: str, own_sidecar: Start) -> None:
    """R10: twenty times slower; the rest is told so, and it is as before after it."""
    most = 16 if limit == "adaptive" else 4
    concurrency = {"max": most, "adaptive": limit == "adaptive"}
    async with backend(4, 0.005) as (made, port):
        sidecar = own_sidecar(sheltered(port, concurrency=concurrency))
        crowd = Crowd(sidecar.port, 3)
        await calm(crowd)
        made.takes *= 20
        more = Crowd(sidecar.port, 30)
        begun = made.begun
        await until(lambda: made.begun > begun + 20 and more.failed > 20)
        assert made.most <= most
        made.takes /= 20
        await more.leave()
        await calm(crowd)
        await crowd.leave()


async def test_a_metastable_failure(own_sidecar: Start) -> None:
    """What began it is over, and all who ask again are still there: it ends."""
    async with backend(4, 0.02) as (made, port):
        sidecar = own_sidecar(sheltered(port))
        crowd = Crowd(sidecar.port, 12, thinks=0.2)
        await calm(crowd)
        made.takes *= 10
        await until(lambda: crowd.failed > 100)
        made.takes /= 10
        await calm(crowd)
        await crowd.leave()
        assert made.most <= 4
