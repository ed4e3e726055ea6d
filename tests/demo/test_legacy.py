import asyncio
import json
import sys

import pytest
from aiohttp import ClientError, WSMsgType
from aiohttp.test_utils import TestClient, TestServer

from sidecar.demo.legacy import PAGE, PRODUCTS, application


@pytest.fixture
async def client():
    async with TestClient(TestServer(application(), handler_cancellation=True)) as one:
        yield one


async def test_its_index_names_every_path(client):
    text = await (await client.get("/")).text()
    paths = {resource.canonical for resource in client.app.router.resources()}
    assert text == PAGE
    assert all(path in text for path in paths)


async def test_its_list_is_whole(client):
    assert await (await client.get("/api/products")).json() == PRODUCTS


async def test_its_export_is_big_and_never_compressed(client):
    answer = await client.get("/api/export", headers={"Accept-Encoding": "gzip"})
    content = await answer.read()
    assert "Content-Encoding" not in answer.headers
    assert 200_000 < len(content) < 300_000
    assert len(json.loads(content)) == 2000


async def test_it_drops_every_third_order(client):
    outcomes: list[int | str] = []
    for _ in range(6):
        try:
            outcomes.append((await client.post("/api/orders")).status)
        except ClientError:
            outcomes.append("dropped")
    assert outcomes == [201, 201, "dropped"] * 2


async def test_it_says_how_much_it_was_sent(client):
    answer = await client.post("/upload", data=bytes(100_000))
    assert await answer.json() == {"received": 100_000}


async def test_its_clock_ticks(client):
    async with client.get("/clock") as answer:
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert (await answer.content.readline()) == b"event: tick\n"


async def test_its_report_hangs(client):
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await client.get("/reports/annual")


async def test_its_socket_repeats_text_and_binary(client):
    async with client.ws_connect("/echo") as socket:
        await socket.send_str("grüß")
        await socket.send_bytes(b"\x00\xff")
        assert await socket.receive_str() == "grüß"
        assert await socket.receive_bytes() == b"\x00\xff"
        await socket.close()
        assert (await socket.receive()).type is WSMsgType.CLOSED


async def test_it_ends_with_its_standard_input():
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sidecar.demo.legacy",
        "0",
        stdin=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    assert process.stderr
    try:
        line = await process.stderr.readline()
        assert line.startswith(b"legacy ready on http://127.0.0.1:")
    finally:
        process.stdin.close()
    async with asyncio.timeout(60):
        assert await process.wait() == 0
