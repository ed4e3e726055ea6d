"""Listeners that are made ready by the first who calls."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from sidecar.config.addresses import Listen
from sidecar.server.listeners import open_socket, serve
from sidecar.server.on_call import OnCall

HELLO = b"hello"
SIGHT = cast("Any", object())


class Hello(asyncio.Protocol):
    def connection_made(self, transport):
        cast("asyncio.Transport", transport).write(HELLO)
        transport.close()


class Loading:
    """Says hello, once it was allowed to load; a diary of what it was asked for."""

    def __init__(self):
        self.may = threading.Event()
        self.diary = []

    def load(self):
        self.diary.append("load")
        assert self.may.wait(30)
        return self.serving

    @asynccontextmanager
    async def serving(self, sight, one):
        assert sight is SIGHT
        self.diary.append("serve")
        (server,) = await serve([one], Hello)
        yield
        self.diary.append("end")
        server.close()
        await server.wait_closed()


@pytest.fixture
def loading():
    return Loading()


@pytest.fixture
def listening(loading):
    one = open_socket(Listen("127.0.0.1", 0))
    listener = OnCall(loading.load, SIGHT, one)
    yield listener, one.getsockname()
    one.close()


async def called(address):
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*address)
        said = await reader.read()
    writer.close()
    await writer.wait_closed()
    return said


async def test_who_calls_waits_until_it_serves(loading, listening):
    listener, address = listening
    listener.listen()
    calls = asyncio.gather(*(called(address) for _ in range(3)))
    async with asyncio.timeout(30):
        while not loading.diary:
            await asyncio.sleep(0.005)
    assert loading.diary == ["load"]
    loading.may.set()
    assert await calls == [HELLO] * 3
    assert await called(address) == HELLO
    await listener.close()
    assert loading.diary == ["load", "serve", "end"]
    with pytest.raises(ConnectionRefusedError):
        await called(address)


async def test_whom_nobody_calls_loads_nothing(loading, listening):
    listener, address = listening
    listener.listen()
    await listener.close()
    assert loading.diary == []
    with pytest.raises(ConnectionRefusedError):
        await called(address)


async def test_closing_waits_for_what_has_begun(loading, listening):
    listener, address = listening
    listener.listen()
    with socket.create_connection(address):
        async with asyncio.timeout(30):
            while not loading.diary:
                await asyncio.sleep(0.005)
        closing = asyncio.create_task(listener.close())
        loading.may.set()
        await closing
    assert loading.diary == ["load", "serve", "end"]


async def test_what_cannot_be_loaded_is_said(listening):
    def load():
        raise ImportError("not installed")

    told = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.set_result(context["exception"])
    )
    listener = OnCall(load, SIGHT, open_socket(Listen("127.0.0.1", 0)))
    listener.listen()
    with socket.create_connection(listener._socket.getsockname()):
        async with asyncio.timeout(30):
            assert "not installed" in str(await told)
    await listener.close()
