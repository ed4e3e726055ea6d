"""The health listener among strangers, byte by byte."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager, suppress

import pytest

from sidecar.server.health_door import CONNECTIONS, HEAD, IDLE, serving
from tests.admin.listeners import Server

GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n"
LAST = GET + b"Connection: close\r\n"


@asynccontextmanager
async def listening(health, patience=IDLE):
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = one.getsockname()
        async with serving(health, one, patience):
            yield address


async def exchanged(address, data, *, ends=False):
    """What comes back until the other side closes."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(data)
    if ends:
        writer.write_eof()
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer


def statuses(answers):
    return [int(one[:3]) for one in answers.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize(
    ("rule", "data", "status"),
    [
        ("a probe", LAST + b"\r\n", 200),
        ("of an old client", b"GET /livez HTTP/1.0\r\n\r\n", 200),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", 400),
        ("a NUL in a value", GET + b"X: \x00\r\n\r\n", 400),
        ("two hosts", GET + b"Host: b\r\n\r\n", 400),
        ("no host", b"GET /livez HTTP/1.1\r\n\r\n", 400),
        ("a long line", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
        ("a long field", GET + b"X: " + b"a" * 9000 + b"\r\n\r\n", 431),
        ("many fields", GET + b"X: a\r\n" * 500 + b"\r\n", 431),
        ("a head without an end", GET + b"X: " + b"a" * HEAD, 431),
        ("a body", b"POST /drain HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n", 413),
        ("a body in chunks", LAST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200),
    ],
)  # fmt: skip
async def test_one_answer_and_the_end(rule, data, status):
    async with listening(Server().health()) as address:
        answer = await exchanged(address, data)
        assert statuses(answer) == [status]
        assert b"\r\nConnection: close\r\n" in answer
        assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer
        assert b"\r\nDate: " in answer


async def test_a_refusal_says_why():
    async with listening(Server().health()) as address:
        answer = await exchanged(address, b"GET /livez HTTP/1.1\r\n\r\n")
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "bad_request"


async def test_one_after_the_other_and_all_at_once():
    head = b"HEAD /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    metrics = b"GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n"
    data = GET + b"\r\n" + metrics + head + LAST + b"\r\n" + GET + b"\r\n"
    async with listening(Server().health()) as address:
        answer = await exchanged(address, data)
    assert statuses(answer) == [200] * 4
    assert answer.count(b"Connection: close") == 1
    assert answer.count(b"\r\n\r\nok\n") == 2  # HEAD has none


async def test_more_than_fits_waits_its_turn():
    many = 2 * HEAD // len(GET)
    async with listening(Server().health()) as address:
        answer = await exchanged(address, (GET + b"\r\n") * many + LAST + b"\r\n")
    assert statuses(answer) == [200] * (many + 1)


async def test_who_has_asked_may_stop_sending():
    async with listening(Server().health()) as address:
        answer = await exchanged(address, GET + b"\r\n", ends=True)
        assert statuses(answer) == [200]


@pytest.mark.parametrize(
    ("rule", "data", "answers"),
    [
        ("nothing", b"", []),
        ("half a head", GET, []),
        ("nothing more", GET + b"\r\n", [200]),
    ],
)
async def test_who_says_nothing_is_cut(rule, data, answers):
    async with listening(Server().health(), patience=1.0) as address:
        with socket.create_connection(address) as client:
            client.setblocking(False)
            loop = asyncio.get_running_loop()
            await loop.sock_sendall(client, data)
            got = b""
            async with asyncio.timeout(30):
                with suppress(ConnectionResetError):
                    while more := await loop.sock_recv(client, 65536):
                        got += more
    assert statuses(got) == answers


async def test_a_fault_of_ours_is_told():
    class Broken(Server):
        def stale(self):
            raise RuntimeError("a defect")

        def health(self):
            health = super().health()
            health._probes = {b"/livez": self.stale}
            return health

    told = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.append(context["exception"])
    )
    async with listening(Broken().health()) as address:
        answer = await exchanged(address, LAST + b"\r\n")
    assert statuses(answer) == [500]
    assert b"defect" not in answer
    assert [str(error) for error in told] == ["a defect"]


async def test_who_was_here_longest_makes_room():
    async with listening(Server().health()) as address:
        held = [await asyncio.open_connection(*address) for _ in range(CONNECTIONS)]
        for _ in range(3):
            answer = await exchanged(address, LAST + b"\r\n")
            assert statuses(answer) == [200]
        (oldest, _), (newest, writer) = held[0], held[-1]
        async with asyncio.timeout(30):
            with suppress(ConnectionError):
                assert await oldest.read() == b""
            writer.write(LAST + b"\r\n")
            assert statuses(await newest.read()) == [200]
        for _, one in held:
            one.close()
