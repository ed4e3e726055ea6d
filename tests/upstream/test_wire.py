"""A pooled connection: what may happen to it while nobody has it."""

import asyncio
import select
import socket
from contextlib import asynccontextmanager

import pytest

from sidecar.errors import ConnectionLost, UpstreamFailed
from sidecar.upstream.connection import Connection
from sidecar.upstream.endpoint import Address
from sidecar.upstream.lifetime import Lifetime
from tests.upstream.exchange import ask, get, send, soon, taken, until
from tests.upstream.origin import Origin, hold, replies

OK = b"HTTP/1.1 200 OK\r\n"
HELLO = OK + b"Content-Length: 5\r\n\r\nhello"


async def test_a_connection_serves_again(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        first = await taken(backend)
        assert (first.reused, first.connect_time is None) == (False, False)
        await ask(first)
        first.release()
        again = await taken(backend)
        assert again is first
        assert (again.reused, again.connect_time) == (True, None)
        await ask(again)
        again.release()
        assert origin.accepted == 1


async def test_the_socket_is_set_up_for_requests(upstream):
    async with Origin(hold) as origin:
        connection = await taken(upstream(origin.address))
        sock = connection._transport.get_extra_info("socket")
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        connection.discard()


async def test_who_leaves_while_it_connects_leaves_nothing_behind(upstream, deadlines):
    """At whichever turn of the loop: also when it is there, and nobody knows yet."""
    async with Origin(hold) as origin:
        backend = upstream(origin.address)
        for turns in range(12):
            task = asyncio.create_task(taken(backend))
            for _ in range(turns):
                await asyncio.sleep(0)
            if not task.cancel():
                task.result().discard()
            await asyncio.wait([task])
            await until(lambda: not origin.open)
            assert set(backend.counts().values()) == {0}
            assert len(deadlines) == 0


@pytest.mark.parametrize("end", ["fin", "rst", "408"])
async def test_an_idle_connection_that_ends_is_noticed_at_once(end, upstream):
    go_on = asyncio.Event()

    async def script(peer):
        await peer.request()
        peer.write(HELLO)
        await go_on.wait()
        if end == "fin":
            peer.fin()
        elif end == "rst":
            peer.rst()
        else:
            peer.write(b"HTTP/1.1 408 Too late\r\n\r\n")
            await peer.gone()

    async with Origin(script) as origin:
        backend = upstream(origin.address)
        await get(backend)
        assert backend.counts()["idle"] == 1
        go_on.set()
        await until(lambda: not backend.counts()["idle"])
        assert backend.idle() is None


@asynccontextmanager
async def ended_unseen(backend, listener):
    """An idle connection whose end is here, when the loop has had no turn to tell."""
    connection = await taken(backend)
    theirs, _ = listener.accept()
    with theirs:
        theirs.sendall(HELLO)
        await ask(connection)
        connection.release()
    poll = select.poll()
    poll.register(
        connection._transport.get_extra_info("socket").fileno(), select.POLLRDHUP
    )
    assert poll.poll(30_000)
    yield connection


@pytest.mark.parametrize("sure", [False, True])
async def test_an_end_that_the_loop_has_not_told_of(sure, upstream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = upstream(Address(*listener.getsockname()))
        async with ended_unseen(backend, listener) as connection:
            again = backend.idle(sure=sure)
            assert again is (None if sure else connection)
            assert backend.counts()["idle"] == 0
        if again is not None:
            again.discard()


async def test_what_is_acquired_to_be_sure_has_not_ended(upstream):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        backend = upstream(Address(*listener.getsockname()))
        async with ended_unseen(backend, listener) as connection:
            other = await backend.acquire(connect=30, due=soon(30), sure=True)
            assert other is not connection
            other.discard()


async def test_a_connection_that_died_under_a_request_says_so(upstream):
    async def script(peer):
        await peer.request()
        peer.write(HELLO)
        await peer.request()
        peer.fin()

    async with Origin(script) as origin:
        backend = upstream(origin.address)
        await get(backend)
        stale = backend.idle()
        assert stale is not None
        send(stale)
        with pytest.raises(ConnectionLost):
            await stale.response(soon())
        assert (stale.reused, stale.got_bytes) == (True, False)
        fresh = await taken(backend, fresh=True)
        assert not fresh.reused
        assert (await ask(fresh))[1] == b"hello"
        fresh.release()


async def test_bytes_before_the_first_request_are_a_failure(upstream):
    async def script(peer):
        peer.write(HELLO)
        await peer.gone()

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        await until(lambda: connection._failure)
        send(connection)
        with pytest.raises(ConnectionLost):
            await connection.drained()
        assert not connection.got_bytes
        connection.release()


async def test_idle_too_long_is_closed(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, keepalive=0.05)
        await get(backend)
        assert origin.open == 1
        await until(lambda: not origin.open)
        assert backend.counts()["idle"] == 0


async def test_too_old_is_not_pooled_again(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address, max_age=0.05)
        connection = await taken(backend)
        age = asyncio.get_running_loop().time() + 0.05
        await ask(connection)
        await until(lambda: asyncio.get_running_loop().time() > age)
        connection.release()
        assert set(backend.counts().values()) == {0}
        await until(lambda: not origin.open)


@pytest.mark.parametrize(("seconds", "pooled"), [(b"1", 0), (b"5", 1)])
async def test_the_upstreams_own_time_is_honoured(seconds, pooled, upstream):
    answer = HELLO.replace(OK, OK + b"Keep-Alive: timeout=" + seconds + b"\r\n")
    async with Origin(replies(answer)) as origin:
        backend = upstream(origin.address)
        await get(backend)
        assert backend.counts()["idle"] == pooled


async def test_what_was_released_last_serves_first(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        a, b, c = [await taken(backend) for _ in range(3)]
        for one in (b, c, a):
            await ask(one)
            one.release()
        assert [backend.idle() for _ in range(4)] == [a, c, b, None]
        for one in (a, b, c):
            one.discard()


async def test_one_that_is_closing_is_not_taken(upstream):
    async with Origin(replies(HELLO)) as origin:
        backend = upstream(origin.address)
        await get(backend)
        (idle,) = backend.endpoints[0].pool._idle
        idle._transport.abort()  # the loop tells us of it later
        assert backend.counts()["idle"] == 1
        assert backend.idle() is None
        assert set(backend.counts().values()) == {0}


async def test_one_that_closes_while_it_is_opened_leaves_no_trace(upstream, deadlines):
    async def script(peer):
        peer.fin()

    async with Origin(script) as origin:
        endpoint = upstream(origin.address).endpoints[0]
        endpoint.pool.reserve()
        _, connection = await asyncio.get_running_loop().create_connection(
            lambda: Connection(endpoint, "", deadlines, Lifetime(4, 60)),
            "127.0.0.1",
            origin.port,
        )
        await until(lambda: connection._failure)
        endpoint.pool.opened()
        connection.opened(0.1)
        assert endpoint.pool.busy == 0
        connection.send(b"GET", b"GET / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionLost):
            await connection.response(soon())
        connection.release()


async def test_one_buffer_serves_all_connections(upstream):
    async def script(peer):
        while True:
            head = await peer.head()
            body = head.split()[1] * 3000
            peer.write(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    async with Origin(script) as origin:
        backend = upstream(origin.address, connections=20)

        async def one(number):
            for turn in range(10):
                target = f"/{number}.{turn}"
                assert await get(backend, target) == (200, target.encode() * 3000)

        await asyncio.gather(*map(one, range(20)))


@asynccontextmanager
async def cut_off(upstream, said):
    """A connection on which a write failed, with what the upstream said unread."""
    answered = asyncio.Event()

    async def script(peer):
        await peer.head()
        await peer.send(said)
        answered.set()
        await peer.gone()

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        connection.send(b"POST", b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        connection._transport.pause_reading()
        await answered.wait()
        connection.connection_lost(BrokenPipeError())
        yield connection
        connection._transport.abort()


async def test_what_came_before_a_write_failed_is_heard(upstream):
    """An upstream that refuses an upload and closes: its answer is there, unread."""
    said = b"HTTP/1.1 413 X\r\nContent-Length: 5\r\n\r\nlarge"
    async with cut_off(upstream, said) as connection:
        head = await connection.response(soon())
        assert (head.status, await connection.read(1.0)) == (413, b"large")


async def test_what_is_no_answer_is_a_loss(upstream):
    async with cut_off(upstream, b"nonsense\r\n") as connection:
        with pytest.raises(UpstreamFailed):
            await connection.response(soon())
