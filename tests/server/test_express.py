"""What is the express door's own; all else is tested through both doors in tests/wire."""

import asyncio
import socket

import pytest

from sidecar.errors import ResponseIncomplete
from sidecar.proxy.route import Tunnels
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.doors import ExpressDoor
from sidecar.server.reference import ReferenceDoor
from sidecar.server.request_body import CONTINUE
from tests.proxy.script import Connection, Proxy, response, route
from tests.server.wire import opened, until

GET = b"GET /1 HTTP/1.1\r\nHost: a\r\n\r\n"
LOCAL = b"OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n"
LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")


def post(*fields: bytes) -> bytes:
    return b"\r\n".join((b"POST /1 HTTP/1.1", b"Host: a", *fields, b"", b""))


def plain(count: int = 1, **options) -> Proxy:
    """A pipeline whose upstream answers `count` requests with an empty 200."""
    answers = [Connection([response(content_length=0)]) for _ in range(count)]
    return Proxy(*answers, **options)


def express(proxy: Proxy, **options):
    return opened(proxy, door=ExpressDoor, **options)


async def test_what_is_known_at_once_needs_no_task():
    proxy = Proxy()
    async with express(proxy) as door:
        client = await door.client()
        before = len(asyncio.all_tasks())
        client.writer.write(LOCAL * 100 + LAST.replace(b"GET", b"TRACE"))
        answers = await client.rest()
        assert answers.count(b"HTTP/1.1 200 OK") == 100
        assert answers.count(b"HTTP/1.1 405") == 1
        assert len(asyncio.all_tasks()) == before


async def test_a_pipeline_is_answered_in_order_and_not_parsed_ahead():
    proxy = plain(3)
    async with express(proxy) as door:
        client = await door.client()
        client.writer.write(GET + LOCAL + GET + LAST)
        answers = await client.rest()
    assert answers.count(b"HTTP/1.1 200 OK") == 4
    methods = [one.request.method for one in proxy.seen.exchanges]
    assert methods == [b"GET", b"OPTIONS", b"GET", b"GET"]


async def test_what_follows_chunks_is_the_next_request():
    proxy = plain(2)
    async with express(proxy) as door:
        client = await door.client()
        chunks = b"1\r\nx\r\n0\r\nX-User-Id: admin\r\n\r\n"
        client.writer.write(post(b"Transfer-Encoding: chunked") + chunks + LAST)
        answers = await client.rest()
    assert answers.count(b"HTTP/1.1 200 OK") == 2
    assert b"x-user-id" not in proxy.seen.exchanges[1].request.values


@pytest.mark.parametrize(
    ("rule", "sent_with", "expected"),
    [("wanted", b"", CONTINUE), ("here already", b"hello", b"")],
)
async def test_continue(rule, sent_with, expected):
    proxy = plain()
    async with express(proxy) as door:
        client = await door.client()
        head = post(b"Expect: 100-continue", b"Content-Length: 5")
        client.writer.write(head + sent_with)
        if expected:
            assert await client.head() == expected
            client.writer.write(b"hello")
        assert (await client.head()).startswith(b"HTTP/1.1 200")
    assert proxy.seen.only.received == 5


async def test_a_body_is_not_read_ahead_and_its_client_is_looked_after():
    class Unread(Connection):
        """An upstream that does not take the body."""

        async def drained(self):
            await asyncio.Event().wait()

    proxy = Proxy(Unread([response(content_length=0)]))
    async with express(proxy) as door:
        client = await door.client()
        client.writer.write(post(b"Content-Length: 1000000000"))
        client.writer.write(b"x" * 4_000_000)
        connection = await door.only()
        await until(lambda: connection._held)
        assert connection._body.buffered <= RECEIVE_BUFFER
        client.reset()
        while not proxy.seen.exchanges:
            door.later(1)
            await asyncio.sleep(0.001)
    assert proxy.seen.only.error == "client_gone"


@pytest.mark.parametrize("kind", [ExpressDoor, ReferenceDoor])
async def test_answers_that_nobody_takes_hold_back_the_requests(kind):
    async with opened(Proxy(), door=kind) as door:
        client = await door.client()
        connection = await door.only()
        # Else the kernel takes megabytes before anybody is held back.
        sock = connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 16_384)
        client.writer.write(LOCAL * 10_000 + LAST.replace(b"GET", b"TRACE"))
        await until(lambda: connection.outflow.blocked)
        for _ in range(100):
            await asyncio.sleep(0)
            assert connection.transport.get_write_buffer_size() < 2 * RECEIVE_BUFFER
        answers = await asyncio.wait_for(client.reader.read(-1), 60)
        assert answers.count(b"HTTP/1.1 200 OK") == 10_000


async def test_a_late_body_is_a_408():
    proxy = plain()
    async with express(proxy) as door:
        client = await door.client()
        client.writer.write(post(b"Content-Length: 5") + b"he")
        connection = await door.only()
        await until(lambda: connection._reader is not None)
        door.later(11)
        assert (await client.head()).startswith(b"HTTP/1.1 408")
        assert b"request_timeout" in await client.rest()


async def test_a_line_end_too_many_begins_no_head():
    async with express(plain(2)) as door:
        client = await door.client()
        await client.ask(GET + b"\r\n")
        door.later(74)
        assert await client.is_open()
        assert (await client.ask(GET)).startswith(b"HTTP/1.1 200")


async def test_a_client_that_leaves_ends_its_exchange():
    class Silent(Connection):
        async def response(self, due, interim):
            await asyncio.Event().wait()

    proxy = Proxy(Silent([]))
    async with express(proxy) as door:
        client = await door.client()
        client.writer.write(GET)
        await until(lambda: proxy.upstream.diary)
        client.writer.transport.abort()
        await until(lambda: proxy.seen.exchanges)
    assert proxy.seen.only.status == 499


async def test_a_cut_response_is_a_broken_message():
    cut = Connection([response(content_length=9), b"abc", ResponseIncomplete()])
    async with express(Proxy(cut)) as door:
        client = await door.client()
        client.writer.write(GET)
        with pytest.raises(ConnectionResetError):
            await client.rest()


async def test_a_drain_closes_with_the_answer():
    proxy = plain()
    async with express(proxy) as door:
        client = await door.client()
        door.entrance.draining = True
        assert b"Connection: close" in await client.ask(GET)
        assert await client.rest() == b""


async def test_a_tunnel_gets_what_came_before_it():
    answer = Connection([response(101, [(b"Upgrade", b"websocket")])])
    proxy = Proxy(answer, route=route(tunnels=Tunnels()))
    async with express(proxy) as door:
        client = await door.client()
        head = GET.replace(
            b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
        )
        client.writer.write(head + b"early")
        assert (await client.head()).startswith(b"HTTP/1.1 101")
        client.writer.write(b"late")
        await until(lambda: "received b'late'" in answer.diary)
        assert "received b'early'" in answer.diary
        client.reset()
        await until(lambda: proxy.seen.exchanges)
    assert proxy.seen.only.error is None
