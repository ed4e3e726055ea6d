"""Origin: an upstream that follows a script over real sockets and keeps a diary."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from types import TracebackType
from typing import Self, TypeAlias

from sidecar.upstream.endpoint import Address

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with a RST


class Peer:
    """One connection, from the origin's side."""

    def __init__(
        self, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.number = number
        self.reader = reader
        self.writer = writer

    async def head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def request(self) -> bytes:
        """The next request; its body only if a Content-Length announces it."""
        head = await self.head()
        _, _, after = head.lower().partition(b"content-length:")
        length = int(after.split(b"\r\n", 1)[0]) if after else 0
        return head + await self.reader.readexactly(length)

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    def fin(self) -> None:
        self.writer.close()

    def rst(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.writer.transport.abort()

    async def gone(self) -> bytes:
        """Wait until the other end closes; what it still sent."""
        return await self.reader.read()


Script: TypeAlias = Callable[[Peer], Awaitable[None]]

CLOSED = (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError)


class Origin:
    """`diary` holds what scripts note; `most` is how many were open at once."""

    def __init__(
        self, script: Script, *, context: ssl.SSLContext | None = None
    ) -> None:
        self.script = script
        self.diary: list[object] = []
        self.accepted = 0
        self.open = 0
        self.most = 0
        self.failures: list[BaseException] = []
        self._context = context
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server
        self._path: str | None = None

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        self._server = await asyncio.start_server(
            self._serve, host, port, ssl=self._context
        )
        return self

    async def start_unix(self, path: str) -> Self:
        self._path = path
        self._server = await asyncio.start_unix_server(self._serve, path)
        return self

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()
        if error is None:
            assert not self.failures

    async def stop(self) -> None:
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def port(self) -> int:
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def address(self) -> Address:
        if self._path is not None:
            return Address.parse(f"unix:{self._path}")
        return Address("127.0.0.1", self.port, tls=self._context is not None)

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.accepted += 1
        peer = Peer(self.accepted, reader, writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.open += 1
        self.most = max(self.most, self.open)
        try:
            await self.script(peer)
        except CLOSED:
            pass
        except Exception as failure:  # noqa: BLE001 - told at the end of the test
            self.failures.append(failure)
        finally:
            self.open -= 1
            self._tasks.discard(task)
            writer.close()


def replies(*answers: bytes) -> Script:
    """Answer one request after the other; the last answer serves for the rest."""

    async def script(peer: Peer) -> None:
        left = list(answers)
        while True:
            await peer.request()
            peer.write(left.pop(0) if len(left) > 1 else left[0])

    return script


def cut(data: bytes, *, reset: bool = False) -> Script:
    """Answer every request with `data`, and end."""

    async def script(peer: Peer) -> None:
        await peer.request()
        await peer.send(data)
        if reset:
            # Else the RST overtakes what the other end has not read yet.
            await asyncio.sleep(0)
            peer.rst()
        else:
            peer.fin()

    return script


async def hold(peer: Peer) -> None:
    """Read, and never answer."""
    await peer.gone()
