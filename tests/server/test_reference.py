"""What aiohttp 3.14 leaves open stays closed: over real sockets, through the door.

The numbers are those of docs/decisions/0002-a-guard-beneath-aiohttp.md's defects.
"""

import asyncio
import socket
from dataclasses import replace

import pytest
from aiohttp import http_parser

from sidecar.errors import ResponseIncomplete
from sidecar.proxy.route import Tunnels
from sidecar.server.doors import ExpressDoor
from sidecar.server.gate import Limits
from sidecar.server.lingering import SILENCE
from sidecar.server.reference import ReferenceDoor
from sidecar.server.sockets import RESET
from tests.proxy.script import Connection, Proxy, request, response, route
from tests.server.wire import LIMITS, entrance, opened, until


def plain(count: int = 1, **options) -> Proxy:
    """A pipeline whose upstream answers `count` requests with an empty 200."""
    answers = [Connection([response(content_length=0)]) for _ in range(count)]
    return Proxy(*answers, **options)


def asks(line: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, b"Host: a", *fields, b"", b""]) + body


GET = asks(b"GET /1 HTTP/1.1")
CHUNKED = asks(
    b"POST / HTTP/1.1",
    b"Transfer-Encoding: chunked",
    body=b"1\r\nx\r\n0\r\nX-User-Id: admin\r\n\r\n",
)


def first(proxy: Proxy, number: int = 0):
    return proxy.seen.exchanges[number].request


async def test_trailers_never_reach_the_next_request():
    """B1: aiohttp's parser adds them to the next head of the connection."""
    proxy = plain(2)
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(CHUNKED + asks(b"GET / HTTP/1.1", b"Connection: close"))
        answer = await client.rest()
        assert answer.count(b"HTTP/1.1 200") == 2
    assert len(proxy.seen.exchanges) == 2
    assert b"x-user-id" not in first(proxy).values
    assert b"x-user-id" not in first(proxy, 1).values


async def test_many_trailers_are_not_kept():
    """B1: there is no end to them either."""
    async with opened(plain()) as door:
        client = await door.client()
        client.writer.write(CHUNKED.removesuffix(b"\r\n"))
        client.writer.write(b"X-More: %b\r\n" % (b"x" * 8000) * 300)
        answer = await client.rest()
    assert answer[:12] in {b"", b"HTTP/1.1 400", b"HTTP/1.1 431"}


@pytest.mark.parametrize("protocol", [b"h2c", b"foo", b"websocket"])
async def test_nothing_is_lost_behind_an_upgrade_that_was_refused(protocol):
    """B2: aiohttp drops what came in one segment with it, and the client hangs."""
    proxy = plain(2)
    async with opened(proxy) as door:
        client = await door.client()
        fields = (b"Connection: upgrade", b"Upgrade: " + protocol)
        client.writer.write(asks(b"GET / HTTP/1.1", *fields) + GET)
        answer = await client.rest()
    assert b"Connection: close" in answer
    assert answer.count(b"HTTP/1.1") == 1
    assert len(proxy.seen.exchanges) == 1


@pytest.mark.parametrize("connection", [(), (b"Connection: keep-alive",)])
async def test_http_1_0_without_a_length_ends_with_the_connection(connection):
    """B3: aiohttp leaves it open, and the client waits for ever."""
    proxy = Proxy(Connection([response(chunked=True), b"ab", b"cd"]))
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(asks(b"GET / HTTP/1.0", *connection))
        head, _, content = (await client.rest()).partition(b"\r\n\r\n")
    assert content == b"abcd"
    assert b"Connection: close" in head


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"HEAD / HTTP/1.1", response(content_length=4, bodiless=True)),
        (b"GET / HTTP/1.1", response(204, bodiless=True)),
        (b"GET / HTTP/1.1", response(304, bodiless=True, content_length=4)),
    ],
)
async def test_what_has_no_body_is_followed_by_the_next_answer(line, answer):
    """B4: aiohttp writes the body's bytes, which begin the next answer then."""
    connection = Connection([answer], at_once=0)
    proxy = Proxy(connection, Connection([response(418, content_length=0)]))
    connection.ended = True
    async with opened(proxy) as door:
        client = await door.client()
        await client.ask(asks(line))
        assert (await client.ask(GET)).startswith(b"HTTP/1.1 418")


@pytest.mark.parametrize("minor", [0, 1])
@pytest.mark.parametrize("length", [None, 6])
async def test_a_short_body_never_ends_cleanly(minor, length):
    """B5: aiohttp counts nothing, and keeps the connection."""
    head = response(content_length=length, chunked=length is None)
    proxy = Proxy(Connection([head, b"abc", ResponseIncomplete()]))
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(asks(b"GET / HTTP/1.%d" % minor))
        with pytest.raises(ConnectionResetError):
            await client.rest()
    assert proxy.seen.only.error == "upstream_incomplete_response"


async def test_bytes_that_are_no_text_pass():
    """B6: aiohttp decodes heads, and drops what it could not decode."""
    location = (b"Location", b"/caf\xe9")
    proxy = Proxy(
        connection := Connection([response(302, [location], content_length=0)])
    )
    async with opened(proxy) as door:
        client = await door.client()
        head = await client.ask(asks(b"GET / HTTP/1.1", b"X-Name: \xe9\xff"))
    assert b"Location: /caf\xe9\r\n" in head
    assert b"X-Name: \xe9\xff\r\n" in connection.sent


@pytest.mark.parametrize(
    ("version", "status"),
    [(b"HTTP/2.0", 505), (b"HTTP/0.9", 505), (b"HTTP/1.2", 505), (b"HTTP/1.1", 200)],
)
async def test_versions(version, status):
    """B7: aiohttp takes others, and answers in them."""
    async with opened(plain()) as door:
        client = await door.client()
        head = await client.ask(asks(b"GET / " + version))
    assert head.startswith(b"HTTP/1.1 %d " % status)


async def test_garbage_behind_a_request_is_refused_and_echoes_nothing():
    """B8: aiohttp may lose the request, but may not answer in its own words."""
    async with opened(plain()) as door:
        client = await door.client()
        client.writer.write(GET + b"<script>\x00\r\n\r\n")
        answer = await client.rest()
    assert answer.count(b"HTTP/1.1 400 ") == 1
    assert b"script" not in answer
    assert b"aiohttp" not in answer


@pytest.mark.parametrize("length", [b"18446744073709551615", b"9223372036854775808"])
async def test_a_length_beyond_counting_is_not_no_body(length):
    """B10: aiohttp takes it for none, and the body for the next request."""
    proxy = plain()
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(
            asks(b"POST / HTTP/1.1", b"Content-Length: " + length) + GET
        )
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
    assert not proxy.upstream.diary


async def test_an_encoded_body_is_passed_on_as_it_came():
    body = b"\x1f\x8b not really"
    proxy = Proxy(connection := Connection([response(content_length=0)]))
    fields = (b"Content-Encoding: gzip", b"Content-Length: %d" % len(body))
    async with opened(proxy) as door:
        client = await door.client()
        await client.ask(asks(b"POST / HTTP/1.1", *fields, body=body))
    assert connection.sent.endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize(
    ("rule", "request_line", "content"),
    [
        ("HEAD has no content", b"HEAD / HTTP/1.1", b""),
        ("Accept is heard", b"GET / HTTP/1.1", b"400 bad_request: "),
    ],
)
async def test_what_aiohttp_refuses_is_answered_as_asked(rule, request_line, content):
    async with opened(plain()) as door:
        client = await door.client()
        client.writer.write(asks(request_line, b"Accept: text/plain", b"malformed"))
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.partition(b"\r\n\r\n")[2].startswith(content)
    assert bool(content) == (not answer.endswith(b"\r\n\r\n"))


async def test_only_the_c_parser_will_do(monkeypatch):
    monkeypatch.setattr(
        http_parser, "HttpRequestParser", http_parser.HttpRequestParserPy
    )
    with pytest.raises(RuntimeError, match="C parser"):
        ReferenceDoor(entrance(), plain().pipeline)


async def test_requests_are_answered_in_turn_on_one_connection():
    codes = [201, 202, 203]
    proxy = Proxy(*[Connection([response(code, content_length=0)]) for code in codes])
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(GET * 3)
        heads = [await client.head() for _ in codes]
        assert await client.is_open()
    assert [int(head.split()[1]) for head in heads] == codes


async def test_nothing_behind_a_refused_request_is_served():
    proxy = plain(3)
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(GET + GET.replace(b"Host: a", b"Host: a/b") + GET)
        answer = await client.rest()
    statuses = [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
    assert statuses == [b"200", b"400"]
    assert [one.status for one in proxy.seen.exchanges] == [200, 400]
    assert proxy.route.gauge.in_flight == 0


async def test_a_refusal_survives_what_the_client_still_sends():
    """Without lingering the answer is lost to a reset."""
    proxy = plain()
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(
            asks(b"POST / HTTP/1.1", b"Content-Length: +5") + b"x" * 500_000
        )
        assert (await client.rest()).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("kind", [ExpressDoor, ReferenceDoor])
async def test_a_client_whose_sending_fails_still_reads_the_refusal(kind):
    """Silent for too long, it finds the connection closed, and the answer there."""
    async with opened(plain(), door=kind) as door:
        with socket.create_connection(("127.0.0.1", door.port)) as client:
            client.setblocking(False)
            client.sendall(asks(b"POST / HTTP/1.1", b"Content-Length: +5"))
            await until(lambda: door.waits("ENDING"))
            door.later(SILENCE)
            await until(lambda: not door.wires())

            def fails() -> bool:
                try:
                    return not client.send(b"x")
                except BlockingIOError:
                    return False
                except OSError:
                    return True

            await until(fails)
            assert client.recv(65536).startswith(b"HTTP/1.1 400 ")


async def test_a_slow_head_is_a_408():
    proxy = plain()
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(b"GET / HTT")
        await until(lambda: door.states() == ["HEAD"])
        door.later(11)
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
    assert proxy.seen.only.error == "request_timeout"


async def test_a_slow_body_is_a_408_and_holds_no_upstream():
    proxy = plain()
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(asks(b"POST / HTTP/1.1", b"Content-Length: 5", body=b"ab"))
        await until(lambda: door.waits("BUSY"))
        door.later(11)
        assert (await client.rest()).startswith(b"HTTP/1.1 408 ")
    assert not proxy.upstream.diary


@pytest.mark.parametrize(("size", "status"), [(9, 200), (10, 200), (11, 413)])
@pytest.mark.parametrize("chunked", [True, False])
async def test_the_limit_of_a_body(size, status, chunked):
    limits = Limits(**{**{n: getattr(LIMITS, n) for n in LIMITS.__slots__}, "body": 10})
    field, body = b"Content-Length: %d" % size, b"x" * size
    if chunked:
        field, body = (
            b"Transfer-Encoding: chunked",
            b"%x\r\n%b\r\n0\r\n\r\n" % (size, body),
        )
    async with opened(plain(), limits=limits) as door:
        client = await door.client()
        head = await client.ask(asks(b"POST / HTTP/1.1", field, body=body))
    assert head.startswith(b"HTTP/1.1 %d " % status)


async def test_expect_is_answered_when_the_body_is_read():
    proxy = plain()
    fields = (b"Expect: 100-continue", b"Content-Length: 2")
    async with opened(proxy) as door:
        client = await door.client()
        head = await client.ask(asks(b"POST / HTTP/1.1", *fields))
        assert head == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert (await client.ask(b"ab")).startswith(b"HTTP/1.1 200 ")
        assert await client.is_open()


async def test_expect_is_not_answered_by_whom_does_not_read():
    proxy = Proxy()
    fields = (b"Expect: 100-continue", b"Content-Length: 2", b"Via: 1.1 sidecar-test")
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(asks(b"POST / HTTP/1.1", *fields))
        assert (await client.rest()).startswith(b"HTTP/1.1 508 ")


async def test_interim_responses_come_before_the_answer():
    connection = Connection([response(content_length=0)])
    connection.interims = [response(103, [(b"Link", b"</a>")])]
    async with opened(Proxy(connection)) as door:
        client = await door.client()
        assert (await client.ask(GET)).startswith(b"HTTP/1.1 103 ")
        assert (await client.head()).startswith(b"HTTP/1.1 200 ")


async def test_http_1_0_is_told_no_interim_responses():
    connection = Connection([response(content_length=0)])
    connection.interims = [response(103)]
    async with opened(Proxy(connection)) as door:
        client = await door.client()
        assert (await client.ask(asks(b"GET / HTTP/1.0"))).startswith(b"HTTP/1.1 200 ")


async def test_a_drain_says_so_in_every_answer():
    async with opened(plain()) as door:
        door.entrance.draining = True
        client = await door.client()
        client.writer.write(GET)
        assert b"Connection: close" in await client.rest()


async def test_a_client_that_leaves_ends_its_exchange():
    class Silent(Connection):
        async def response(self, due, interim):
            await asyncio.Event().wait()

    proxy = Proxy(connection := Silent([]))
    async with opened(proxy) as door:
        client = await door.client()
        client.writer.write(GET)
        await until(lambda: "done" in connection.diary)
        client.writer.close()
        await until(lambda: proxy.seen.exchanges)
    assert (proxy.seen.only.status, proxy.seen.only.error) == (499, "client_gone")
    assert connection.diary[-1] == "discard"
    assert proxy.route.gauge.in_flight == 0


@pytest.mark.parametrize("client_ends", [True, False])
async def test_a_tunnel_ends_without_an_error(client_ends):
    connection = Connection([response(101, [(b"Upgrade", b"websocket")])])
    tunnels = Tunnels()
    proxy = Proxy(connection, route=route(tunnels=tunnels))
    fields = (b"Connection: upgrade", b"Upgrade: websocket")
    async with opened(proxy) as door:
        client = await door.client()
        # Sent before its time, it waits for the 101.
        head = await client.ask(asks(b"GET / HTTP/1.1", *fields, body=b"early"))
        assert head.startswith(b"HTTP/1.1 101 ")
        await until(
            lambda: connection.other and "received b'early'" in connection.diary
        )
        assert connection.other is not None
        client.writer.write(b"up")
        connection.other.received(b"down")
        assert await client.exactly(4) == b"down"
        await until(lambda: "received b'up'" in connection.diary)
        if client_ends:
            # A closing end would be half of one: the upstream may still speak.
            sock = client.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            client.writer.transport.abort()
        else:
            connection.other.lost()
            assert await client.rest() == b""
        await until(lambda: proxy.seen.exchanges)
    seen = proxy.seen.only
    assert (seen.status, seen.error, seen.sent) == (101, None, 4)
    assert (tunnels.open, len(proxy.deadlines)) == (0, 0)
    assert "lost" in connection.diary


async def test_a_half_closed_tunnel_still_speaks():
    connection = Connection([response(101, [(b"Upgrade", b"websocket")])])
    proxy = Proxy(connection)
    fields = (b"Connection: upgrade", b"Upgrade: websocket")
    async with opened(proxy) as door:
        client = await door.client()
        await client.ask(asks(b"GET / HTTP/1.1", *fields))
        await until(lambda: connection.other)
        assert connection.other is not None
        client.writer.write_eof()
        await until(lambda: "eof" in connection.diary)
        connection.other.received(b"still here")
        assert await client.exactly(10) == b"still here"
        connection.other.eof()
        assert await client.rest() == b""
        await until(lambda: proxy.seen.exchanges)
    assert proxy.seen.only.error is None


async def test_a_client_that_does_not_read_holds_back_the_upstream():
    class Endless(Connection):
        read_so_far = 0

        async def read(self, silence, until=0.0):
            self.read_so_far += 65_536
            return b"x" * 65_536

    proxy = Proxy(connection := Endless([response(content_length=10**12), b"more"]))
    async with opened(proxy) as door:
        client = await door.client()
        client.reader._transport.pause_reading()  # type: ignore[attr-defined]
        client.writer.write(GET)
        await until(lambda: door.waits("BUSY"))
        before = connection.read_so_far
        for _ in range(100):
            await asyncio.sleep(0)
        assert connection.read_so_far <= before + 65_536
        door.later(31)
        await until(lambda: proxy.seen.exchanges)
    assert proxy.seen.only.error == "client_gone"


async def test_what_does_not_pass_the_gate_is_logged_with_its_method():
    proxy = plain()
    async with opened(proxy) as door:
        client = await door.client()
        await client.ask(asks(b"TRACE /x HTTP/1.1", b"Accept: text/plain"))
    seen = proxy.seen.only
    assert (seen.request.method, seen.request.target) == (b"TRACE", b"/x")
    assert (seen.status, seen.error) == (405, "method_not_allowed")


def test_doubles_are_heads_as_the_gate_makes_them():
    assert request().values == {b"host": b"example.org"}


async def test_wider_limits_of_another_configuration_reach_aiohttp():
    many = asks(b"GET / HTTP/1.1", *(b"x-%d: 1" % n for n in range(200)))
    async with opened(plain()) as door:
        assert (await (await door.client()).ask(many)).startswith(b"HTTP/1.1 431 ")
        door.entrance.limits = replace(LIMITS, fields=500)
        assert (await (await door.client()).ask(many)).startswith(b"HTTP/1.1 200 ")
