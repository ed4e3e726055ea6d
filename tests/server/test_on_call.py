"""Listeners that are made ready by the first who calls."""

import asyncio
import socket
import threading
from contextlib import asynccontextmanager
from typing import Any, cast

import pytest

from sidecar.config.addresses import Listen
from sidecar.server.listeners import open_socket, serve
from sidecar.server.on_call import on_call

HELLO = b"hello"
SEEN = cast("Any", object())


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
    async def serving(self, seen, one):
        assert seen is SEEN
        self.diary.append("serve")
        (server,) = await serve([one], Hello)
        try:
            yield
        finally:
            self.diary.append("end")
            server.close()


@pytest.fixture
def loading():
    return Loading()


@pytest.fixture
def one():
    return open_socket(Listen("127.0.0.1", 0))


async def called(address):
    async with asyncio.timeout(30):
        reader, writer = await asyncio.open_connection(*address)
        said = await reader.read()
    writer.close()
    await writer.wait_closed()
    return said


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def test_who_calls_waits_until_it_serves(loading, one):
    address = one.getsockname()
    async with on_call(loading.load, SEEN, one):
        calls = asyncio.gather(*(called(address) for _ in range(3)))
        await until(lambda: loading.diary)
        assert loading.diary == ["load"]
        loading.may.set()
        assert await calls == [HELLO] * 3
        assert await called(address) == HELLO
    assert loading.diary == ["load", "serve", "end"]
    with pytest.raises(ConnectionRefusedError):
        await called(address)


async def test_whom_nobody_calls_loads_nothing(loading, one):
    address = one.getsockname()
    async with on_call(loading.load, SEEN, one):
        pass
    assert loading.diary == []
    with pytest.raises(ConnectionRefusedError):
        await called(address)


async def test_it_may_end_while_it_loads(loading, one):
    with socket.socket() as client:
        async with on_call(loading.load, SEEN, one):
            client.connect(one.getsockname())
            await until(lambda: loading.diary)
        loading.may.set()
    assert loading.diary == ["load"]


async def test_what_cannot_be_loaded_is_said_and_tried_again(loading, one):
    loading.may.set()
    loads = iter([OSError("no descriptor"), None])

    def load():
        if (error := next(loads)) is not None:
            raise error
        return loading.load()

    told = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: told.append(str(context["exception"]))
    )
    async with on_call(load, SEEN, one):
        assert await called(one.getsockname()) == HELLO
    assert told == ["no descriptor"]
