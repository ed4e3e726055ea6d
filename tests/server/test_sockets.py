"""How a client's connection is looked after, and broken off."""

import asyncio
import socket

import pytest

from sidecar.server.sockets import APART, is_gone, reset, send
from tests.server.wire import until


async def pair():
    ours: asyncio.Future[asyncio.Transport] = asyncio.Future()

    class Protocol(asyncio.Protocol):
        def connection_made(self, transport):
            ours.set_result(transport)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(Protocol, "127.0.0.1", 0)
    theirs = socket.create_connection(server.sockets[0].getsockname())
    transport = await ours
    server.close()
    return transport, theirs


async def test_a_client_that_reset_is_gone():
    transport, theirs = await pair()
    transport.pause_reading()
    assert not is_gone(transport)
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    theirs.close()
    await until(lambda: is_gone(transport))
    transport.abort()


async def test_a_reset_is_no_end():
    transport, theirs = await pair()
    reset(transport)
    await until(transport.is_closing)
    theirs.setblocking(False)
    with pytest.raises(ConnectionResetError):
        await asyncio.get_running_loop().sock_recv(theirs, 1)
    theirs.close()


@pytest.mark.parametrize("size", [0, 1, APART - 1, APART, 1 << 20])
async def test_a_head_and_its_content(size):
    transport, theirs = await pair()
    content = b"x" * size
    send(transport, b"head\r\n\r\n", content)
    with theirs:
        theirs.setblocking(False)
        loop, got = asyncio.get_running_loop(), b""
        while len(got) < 8 + size:
            got += await loop.sock_recv(theirs, 1 << 16)
    assert got == b"head\r\n\r\n" + content
    transport.abort()
