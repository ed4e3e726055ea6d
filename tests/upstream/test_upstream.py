import asyncio
import random

import pytest

from sidecar.errors import ConnectionRefused, PoolExhausted
from sidecar.upstream.endpoint import Address
from tests.harness.ports import reserved_port
from tests.upstream.exchange import ask, get, soon, taken, until
from tests.upstream.origin import Origin, hold, replies

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"


async def test_nothing_is_idle_at_first(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        assert backend.name == "backend"
        assert backend.idle() is None
        assert not backend.contacted
        connection = await taken(backend)
        assert backend.contacted
        assert backend.last_error is None
        assert backend.counts() == {
            "idle": 0,
            "active": 1,
            "connecting": 0,
            "waiting": 0,
        }
        connection.discard()


async def test_who_finds_none_free_waits_for_one(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, connections=1)
        first = await taken(backend)
        waiting = [asyncio.create_task(taken(backend)) for _ in range(2)]
        await until(lambda: backend.counts()["waiting"] == 2)
        await ask(first)
        first.release()
        assert backend.idle() is None
        second = await waiting[0]
        assert second is first
        assert (second.reused, second.queue_time > 0) == (True, True)
        assert not waiting[1].done()
        second.discard()
        third = await waiting[1]
        assert not third.reused
        assert third.queue_time > 0
        third.discard()


async def test_who_waits_too_long_is_told(upstream):
    async with Origin(hold) as origin:
        backend = upstream(origin.address, connections=1)
        first = await taken(backend)
        with pytest.raises(PoolExhausted):
            await backend.acquire(connect=1, due=soon(0.02))
        assert backend.counts()["waiting"] == 0
        first.discard()
        (await taken(backend)).discard()


async def test_who_comes_later_does_not_get_ahead(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, connections=1)
        first = await taken(backend)
        await ask(first)
        order = []

        async def one(number):
            connection = await taken(backend)
            order.append(number)
            connection.release()

        tasks = [asyncio.create_task(one(number)) for number in range(5)]
        await until(lambda: backend.counts()["waiting"] == 5)
        first.release()
        assert backend.idle() is None
        late = asyncio.create_task(one(5))
        await asyncio.gather(*tasks, late)
        assert order == [0, 1, 2, 3, 4, 5]


async def test_a_cancelled_wait_passes_on_what_it_was_given(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, connections=1)
        for give in ("release", "discard"):
            first = await taken(backend)
            gone, stays = [asyncio.create_task(taken(backend)) for _ in range(2)]
            await until(lambda: backend.counts()["waiting"] == 2)
            getattr(first, give)()
            gone.cancel()
            with pytest.raises(asyncio.CancelledError):
                await gone
            (await stays).release()
            assert backend.counts() == {
                "idle": 1,
                "active": 0,
                "connecting": 0,
                "waiting": 0,
            }


async def test_what_dies_on_the_way_to_who_waits_is_replaced(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, connections=1)
        first = await taken(backend)
        waiting = asyncio.create_task(taken(backend))
        await until(lambda: backend.counts()["waiting"])
        first.release()
        first.close()
        second = await waiting
        assert second is not first
        assert await ask(second)
        second.release()


async def test_fresh_is_never_one_that_was_used(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, connections=1)
        await get(backend)
        first = await taken(backend, fresh=True)
        assert not first.reused
        waiting = asyncio.create_task(taken(backend, fresh=True))
        await until(lambda: backend.counts()["waiting"])
        await ask(first)
        first.release()
        second = await waiting
        assert not second.reused
        assert second is not first
        second.release()
        assert origin.accepted == 3


async def test_the_bound_holds_under_a_crowd(upstream):
    async def script(peer):
        while True:
            await peer.request()
            await asyncio.sleep(0.001)
            peer.write(HELLO)

    async with Origin(script) as origin:
        backend = upstream(origin.address, connections=7)
        seen = 0

        async def one(number):
            nonlocal seen
            connection = await taken(backend, fresh=number % 5 == 0)
            counts = backend.counts()
            seen = max(seen, counts["active"] + counts["connecting"] + counts["idle"])
            await ask(connection)
            if number % 3:
                connection.release()
            else:
                connection.discard()

        await asyncio.gather(*map(one, range(200)))
        assert seen == 7
        assert origin.most <= 14  # closed here, not yet seen there
        assert backend.counts()["waiting"] == 0


async def test_any_cancellations_leave_nothing(upstream):
    chance = random.Random(1)

    async def script(peer):
        while True:
            await peer.request()
            await asyncio.sleep(0.002)
            await peer.send(HELLO[:-3])
            await asyncio.sleep(0.002)
            peer.write(HELLO[-3:])

    async with Origin(script) as origin:
        backend = upstream(origin.address, connections=3, keepalive=60)
        tasks = [asyncio.create_task(get(backend)) for _ in range(150)]
        await until(lambda: backend.counts()["waiting"] > 100)
        for task in chance.sample(tasks, len(tasks)):
            await asyncio.sleep(chance.random() * 0.004)
            if chance.random() < 0.7:
                task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(one) for one in results} == {tuple, asyncio.CancelledError}
        counts = backend.counts()
        assert (counts["active"], counts["connecting"], counts["waiting"]) == (0, 0, 0)
        assert counts["idle"] <= 3
        assert await get(backend) == (200, b"hello")


@pytest.mark.parametrize("balance", ["least_requests", "round_robin"])
async def test_two_endpoints_share_the_work(balance, upstream):
    async with Origin(replies(HELLO)) as one, Origin(replies(HELLO)) as other:
        backend = upstream(one.address, other.address, balance=balance)
        connections = [await taken(backend) for _ in range(20)]
        # They may know of one a moment after we do.
        await until(lambda: one.open == other.open == 10)
        for connection in connections:
            await ask(connection)
            connection.release()
        for turn in range(20):
            before = [endpoint.pool.idle for endpoint in backend.endpoints]
            connection = backend.idle()
            assert connection is not None
            connection.release()
            assert [endpoint.pool.idle for endpoint in backend.endpoints] == before, (
                turn
            )


async def test_turns_are_not_lost_on_who_has_no_idle_connection(upstream):
    async with Origin(replies(HELLO)) as one, Origin(replies(HELLO)) as other:
        backend = upstream(one.address, other.address, balance="round_robin")
        for _ in range(6):
            await get(backend)
        assert (one.accepted, other.accepted) == (1, 1)


async def test_an_endpoint_that_is_down_costs_no_request(upstream):
    async with Origin(replies(HELLO)) as origin:
        down = Address("127.0.0.1", reserved_port())
        backend = upstream(down, origin.address)
        for _ in range(20):
            connection = await taken(backend, fresh=True)
            assert connection.endpoint.address == origin.address
            connection.discard()
        assert backend.failing_since is None
        assert backend.last_error
        assert backend.endpoints[0].failing_since is not None


async def test_all_endpoints_down(upstream):
    backend = upstream(*[Address("127.0.0.1", reserved_port()) for _ in range(2)])
    for _ in range(3):
        with pytest.raises(ConnectionRefused):
            await taken(backend)
    assert backend.failing_since is not None
    assert set(backend.counts().values()) == {0}


async def test_one_full_endpoint_leaves_the_other(upstream):
    async with Origin(hold) as one, Origin(hold) as other:
        backend = upstream(
            one.address, other.address, connections=2, balance="round_robin"
        )
        connections = [await taken(backend) for _ in range(4)]
        await until(lambda: one.open == other.open == 2)
        with pytest.raises(PoolExhausted):
            await backend.acquire(connect=1, due=soon(0.02))
        for connection in connections:
            connection.discard()


async def test_a_closed_upstream_keeps_nothing(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        await get(backend)
        busy = await taken(backend)
        await get(backend)
        await backend.close()
        assert (backend.counts()["idle"], backend.counts()["active"]) == (0, 1)
        await ask(busy)
        busy.release()
        await until(lambda: not origin.open)
