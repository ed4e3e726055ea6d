"""What arrives of a response, and bodies gathered before any is had: real sockets."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest

from sidecar.errors import ResponseIncomplete
from sidecar.units import NEVER
from sidecar.upstream.arrivals import UNREAD
from tests.upstream.exchange import body, send, soon, taken, until
from tests.upstream.origin import Origin

SIZE = 1 << 20
BODY = bytes(range(256)) * (SIZE // 256)
HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE


def halves(*, first, rest, after):
    """Sends `first` with its head, and `rest` once `after` is set."""

    async def script(peer):
        await peer.request()
        await peer.send(HEAD + first)
        await after.wait()
        await peer.send(rest)
        await peer.gone()

    return script


async def gathering(backend):
    connection = await taken(backend)
    send(connection)
    await connection.response(soon())
    connection.gather()
    return connection


@asynccontextmanager
async def half_way(at, upstream):
    """`at` bytes are here, the rest comes once `go_on` is set; `told` when it has."""
    go_on, told = asyncio.Event(), asyncio.Event()
    script = halves(first=BODY[:at], rest=BODY[at:], after=go_on)
    async with Origin(script) as origin:
        backend = upstream(origin.address)
        connection = await gathering(backend)
        connection.notify(NEVER, told.set)
        await until(lambda: connection.unread == at)
        yield backend, connection, go_on, told


@pytest.mark.parametrize("at", [0, 1, UNREAD, SIZE // 2, SIZE - 1])
async def test_all_of_a_body_at_once(at, upstream):
    async with half_way(at, upstream) as (backend, connection, go_on, told):
        assert connection.take() == b""
        assert connection.unread == at
        assert not told.is_set()
        go_on.set()
        await asyncio.wait_for(told.wait(), 30)
        assert connection.whole() is connection.head() is not None
        assert connection.take() == BODY
        connection.release()
        assert backend.counts()["idle"] == 1


@pytest.mark.parametrize("at", [0, 1, SIZE // 2])
async def test_what_is_here_when_time_is_up(at, upstream):
    async with half_way(at, upstream) as (backend, connection, go_on, told):
        connection.hurry()
        assert told.is_set()
        assert connection.whole() is None
        assert connection.take() == BODY[:at]
        go_on.set()
        assert await body(connection) == BODY[at:]
        connection.release()
        assert backend.counts()["idle"] == 1


async def test_time_is_up_when_all_is_here(upstream):
    nothing = asyncio.Event()
    script = halves(first=BODY, rest=b"", after=nothing)
    async with Origin(script) as origin:
        connection = await gathering(upstream(origin.address))
        await until(connection.whole)
        connection.hurry()
        assert connection.take() == BODY
        assert connection.ended


async def test_nothing_may_come_behind_it(upstream):
    go_on = asyncio.Event()
    script = halves(first=b"", rest=BODY + b"!", after=go_on)
    async with Origin(script) as origin:
        backend = upstream(origin.address)
        connection = await gathering(backend)
        go_on.set()
        await until(lambda: connection._response.surplus)
        assert connection.take() == BODY
        connection.release()
        assert set(backend.counts().values()) == {0}


async def test_what_is_cut_is_not_had(upstream):
    go_on, told = asyncio.Event(), asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(HEAD + BODY[:-1])
        await go_on.wait()
        peer.fin()

    async with Origin(script) as origin:
        connection = await gathering(upstream(origin.address))
        connection.notify(NEVER, told.set)
        go_on.set()
        await asyncio.wait_for(told.wait(), 30)
        assert connection.head() is None
        with pytest.raises(ResponseIncomplete):
            await connection.read(1.0)


async def test_a_task_may_wait_for_it(upstream):
    go_on = asyncio.Event()
    script = halves(first=BODY[:9], rest=BODY[9:], after=go_on)
    async with Origin(script) as origin:
        connection = await gathering(upstream(origin.address))
        reading = asyncio.create_task(connection.read(30.0))
        await until(lambda: connection.unread == 9)
        go_on.set()
        assert await reading == BODY


@pytest.mark.parametrize(
    ("rule", "first", "rest"),
    [
        ("a head before its body", HEAD, BODY),
        ("a head line by line", HEAD[:17], HEAD[17:] + BODY),
    ],
)
async def test_what_comes_in_pieces_is_acknowledged_at_once(
    rule, first, rest, upstream
):
    """Or who writes them apart, with Nagle's algorithm, waits for our kernel's timer."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.request()
        await peer.send(first)
        await go_on.wait()
        await peer.send(rest)
        await peer.gone()

    async with Origin(script) as origin:
        connection = await taken(upstream(origin.address))
        send(connection)
        sock = connection._transport.get_extra_info("socket")
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        await until(lambda: connection.got_bytes)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK)
        go_on.set()
        await connection.response(soon())
        assert await body(connection) == BODY
