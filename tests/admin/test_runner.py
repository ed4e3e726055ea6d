"""The admin application among strangers."""

import asyncio
import logging
import socket

import aiohttp
import pytest
from aiohttp import web

from sidecar.admin.runner import runner, serving


@pytest.fixture
async def start():
    running = []

    async def started(app):
        one = runner(app)
        running.append(one)
        await one.setup()
        await web.TCPSite(one, "127.0.0.1", 0).start()
        return one.addresses[0][1]

    yield started
    for one in running:
        await one.cleanup()


async def exchanged(port, data):
    """What comes back until the other side closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    async with asyncio.timeout(30):
        answer = await reader.read()
    writer.close()
    return answer


def app():
    async def answer(_request):
        return web.Response(text="ok")

    made = web.Application()
    made.router.add_get("/livez", answer)
    return made


GET = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("rule", "data", "status"),
    [
        ("a probe", GET + b"\r\n", b"200"),
        ("no HTTP", b"\x16\x03\x01\x02\x00\x01\r\n\r\n", b"400"),
        ("a NUL in a value", GET + b"X: \x00\r\n\r\n", b"400"),
        ("a long line", b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\n\r\n", b"400"),
        ("a long field", GET + b"X: " + b"a" * 9000 + b"\r\n\r\n", b"400"),
        ("many fields", GET + b"X: a\r\n" * 500 + b"\r\n", b"400"),
    ],
)
async def test_what_cannot_be_parsed_is_answered_and_not_logged(
    start, caplog, rule, data, status
):
    port = await start(app())
    answer = await exchanged(port, data)
    assert answer.split(b" ", 2)[1] == status
    assert caplog.records == []


async def test_a_fault_of_ours_is_logged(start, caplog):
    async def fail(_request):
        raise RuntimeError("a defect")

    app = web.Application()
    app.router.add_get("/livez", fail)
    port = await start(app)
    answer = await exchanged(port, GET + b"\r\n")
    assert answer.split(b" ", 2)[1] == b"500"
    assert b"defect" not in answer
    [record] = caplog.records
    assert record.levelno == logging.ERROR
    assert "a defect" in caplog.text


async def test_serving_ends_with_its_context():
    app = web.Application()

    async def hello(_request):
        return web.Response(text="hello")

    app.router.add_get("/", hello)
    with socket.create_server(("127.0.0.1", 0)) as one:
        address = "http://{}:{}".format(*one.getsockname())
        async with (
            serving(app, one),
            aiohttp.ClientSession() as session,
            session.get(address) as answer,
        ):
            assert await answer.text() == "hello"
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)
