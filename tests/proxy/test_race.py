"""Of two that ask the same, the first to answer is taken and the other broken off."""

import asyncio

import pytest

from sidecar.errors import ConnectionLost, ConnectionRefused
from sidecar.policy.hedge import Hedge
from sidecar.proxy.attempts import Attempts
from sidecar.proxy.clock import Clock
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.retrying import Retrying
from sidecar.units import Instant
from tests.proxy.script import Connection, Upstream, exchange, request, response, route
from tests.proxy.test_attempts import Permits


class Slow(Connection):
    """Answers when it is told to; a cancelled wait breaks it off, as the real one."""

    def __init__(self, *script):
        super().__init__(list(script))
        self.go = asyncio.Event()

    async def response(self, due, interim):
        await self.go.wait()
        return await super().response(due, interim)


class Scene:
    def __init__(self, *connections, after=0.001, permits=9, paid=True, method=b"GET"):
        self.diary: list[str] = []
        self.upstream = Upstream(*connections)
        hedge = Hedge(1.0, fixed=after)
        if paid:
            for _ in range(5):
                hedge.answered(0.1, Clock().now())
        retrying = Retrying(hedge=hedge, count=lambda why: self.diary.append(why.value))
        self.exchange = exchange(
            None,
            request(method),
            route(
                self.upstream, permits=Permits(self.diary, permits), retrying=retrying
            ),
        )
        self.exchange.traceparent = b"00-%032x-%016x-00" % (1, 1)
        self.exchange.due = Instant(Clock().now() + 30)
        clock = Clock()
        self.attempts = Attempts(Fetcher(b"us", clock), clock)

    async def fetch(self):
        async with asyncio.timeout(30):
            return await self.attempts.fetch(self.exchange)

    async def both(self, first, second):
        task = asyncio.create_task(self.fetch())
        async with asyncio.timeout(30):
            while not second.sent:
                await asyncio.sleep(0.001)
        return task


async def test_the_first_is_soon_enough():
    only = Connection([response()])
    scene = Scene(only, after=5.0)
    assert (await scene.fetch()).connection is only
    assert scene.diary == ["answered 200"]


@pytest.mark.parametrize("winner", [0, 1])
async def test_the_first_to_answer_wins(winner):
    both = Slow(response(200)), Slow(response(201))
    scene = Scene(*both)
    task = await scene.both(*both)
    both[winner].go.set()
    fetched = await task
    assert fetched.connection is both[winner]
    assert "discard" in both[1 - winner].diary
    assert "discard" not in both[winner].diary
    assert scene.diary == ["hedge", "end", f"answered {200 + winner}"]
    assert scene.exchange.endpoint == both[winner].endpoint.label


async def test_one_that_fails_leaves_it_to_the_other():
    both = Slow(ConnectionLost()), Slow(response(201))
    scene = Scene(*both)
    task = await scene.both(*both)
    both[0].go.set()
    async with asyncio.timeout(30):
        while len(scene.diary) < 2:
            await asyncio.sleep(0.001)
    both[1].go.set()
    assert (await task).connection is both[1]
    assert scene.diary == ["hedge", "failed upstream_connection_lost", "answered 201"]


async def test_both_fail():
    both = Slow(ConnectionLost()), Slow(ConnectionLost())
    scene = Scene(*both)
    task = await scene.both(*both)
    for one in both:
        one.go.set()
    with pytest.raises(ConnectionLost):
        await task
    assert scene.diary.count("failed upstream_connection_lost") >= 2


@pytest.mark.parametrize(
    ("rule", "options"),
    [
        ("it is not paid for", {"paid": False}),
        ("there is no permit", {"permits": 1}),
        ("it acts", {"method": b"PUT"}),
    ],
)
async def test_it_is_asked_only_once(rule, options):
    only = Slow(response())
    scene = Scene(only, **options)
    task = asyncio.create_task(scene.fetch())
    async with asyncio.timeout(30):
        while not only.sent:
            await asyncio.sleep(0.001)
    await asyncio.sleep(0.02)
    only.go.set()
    assert (await task).connection is only
    assert scene.upstream.diary == ["acquire"]


async def test_a_refusal_before_it_is_late_is_no_reason_for_another():
    scene = Scene(ConnectionRefused(), after=5.0)
    with pytest.raises(ConnectionRefused):
        await scene.fetch()
    assert set(scene.diary) == {"failed upstream_refused"}


async def test_the_client_leaves_and_both_are_broken_off():
    both = Slow(response()), Slow(response())
    scene = Scene(*both)
    task = await scene.both(*both)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert all("discard" in one.diary for one in both)
    assert scene.diary == ["hedge", "end", "end"]
