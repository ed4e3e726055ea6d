"""Doubles for the client's side: a transport with a diary, a clock that is set."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.clock import Clock
from sidecar.server.client_wire import ClientWire
from sidecar.server.connections import Bounds, Connections
from sidecar.server.entrance import ClientTimeouts, Entrance
from sidecar.server.gate import Limits
from sidecar.server.overload import OVERLOAD
from sidecar.server.reference import ReferenceDoor
from sidecar.units import NEVER, Instant
from tests.proxy.script import Proxy

TIMEOUTS = ClientTimeouts(head=10.0, idle=75.0, write=30.0)
LIMITS = Limits(head=32768, field=16384, target=8192, fields=100, body=None)
SOON = 30.0
"""A deadline for what should happen at once."""


class Watch(Clock):
    """A clock that moves when it is told to."""

    __slots__ = ("time",)

    def __init__(self, time: float = 1000.0) -> None:
        super().__init__()
        self.time = time

    def now(self) -> Instant:
        return Instant(self.time)


class Wire:
    """A transport; `buffered` is what the client did not take yet."""

    def __init__(self, peer: object = ("192.0.2.1", 4711)) -> None:
        self.peer = peer
        self.diary: list[str] = []
        self.sent = b""
        self.buffered = 0
        self.half_closes = True
        self.closing = False

    def write(self, data: bytes) -> None:
        assert not self.closing
        self.diary.append("write")
        self.sent += data

    def write_eof(self) -> None:
        self.diary.append("eof")

    def can_write_eof(self) -> bool:
        return self.half_closes

    def close(self) -> None:
        self.diary.append("close")
        self.closing = True

    def abort(self) -> None:
        self.diary.append("abort")
        self.closing = True

    def is_closing(self) -> bool:
        return self.closing

    def pause_reading(self) -> None:
        self.diary.append("pause")

    def resume_reading(self) -> None:
        self.diary.append("resume")

    def get_write_buffer_size(self) -> int:
        return self.buffered

    def set_write_buffer_limits(self, high: int, low: int) -> None:
        self.limits = (high, low)

    def get_extra_info(self, name: str, default: object = None) -> object:
        return self.peer if name == "peername" else default


def transport(wire: Wire) -> asyncio.Transport:
    return cast("asyncio.Transport", wire)


class End:
    """The other end of a tunnel, with a diary."""

    def __init__(self) -> None:
        self.diary: list[str] = []

    def received(self, data: bytes) -> None:
        self.diary.append(f"received {data.decode()}")

    def __getattr__(self, name: str) -> Any:
        return lambda: self.diary.append(name)


def entrance(**options: Any) -> Entrance:
    given: dict[str, Any] = {
        "limits": LIMITS,
        "timeouts": TIMEOUTS,
        "connections": Connections(Bounds(100)),
        "deadlines": Deadlines(),
        "clock": Clock(),
        "overload": OVERLOAD,
    }
    return Entrance(**(given | options))


class Raw:
    """A client that says what it is told, byte for byte."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, data: bytes) -> bytes:
        """The next response head to `data`."""
        self.writer.write(data)
        return await self.head()

    async def head(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), SOON)

    async def exactly(self, size: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(size), SOON)

    async def rest(self) -> bytes:
        """All there is until the other end closes."""
        return await asyncio.wait_for(self.reader.read(-1), SOON)

    def reset(self) -> None:
        """Leave without a word: what was sent and not read is lost."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()

    async def is_open(self) -> bool:
        """Whether nothing, and no end, has come in a while of looking."""
        for _ in range(20):
            await asyncio.sleep(0)
        return not self.reader.at_eof() and not self.reader._eof  # type: ignore[attr-defined]


class Door:
    """A listening door in this process."""

    def __init__(self, proxy: Proxy, entrance: Entrance, port: int) -> None:
        self.proxy = proxy
        self.entrance = entrance
        self.port = port
        self.clients: list[Raw] = []

    async def client(self) -> Raw:
        pair = await asyncio.open_connection("127.0.0.1", self.port)
        self.clients.append(Raw(*pair))
        return self.clients[-1]

    async def only(self) -> Any:
        """The one connection: the client may know of it a moment before we do."""
        await until(lambda: len(self.entrance.connections))
        (one,) = self.entrance.connections
        return one

    def wires(self) -> list[ClientWire]:
        return cast("list[ClientWire]", list(self.entrance.connections))

    def states(self) -> list[str]:
        return [one.state.name for one in self.wires()]

    def waits(self, state: str) -> bool:
        """Whether one is in `state` and under a deadline."""
        return any(one.state.name == state and one.due < NEVER for one in self.wires())

    def later(self, seconds: float) -> None:
        """What the sweep would do after so long."""
        now = Instant(self.entrance.clock.now() + seconds)
        self.entrance.deadlines.sweep(now)


async def until(condition: Any) -> None:
    """Wait until `condition()` holds."""
    async with asyncio.timeout(SOON):
        while not condition():
            await asyncio.sleep(0.001)


@asynccontextmanager
async def opened(
    proxy: Proxy, door: Any = ReferenceDoor, **options: Any
) -> AsyncIterator[Door]:
    """A door before `proxy`, on a real socket."""
    shared = entrance(**options)
    server = await asyncio.get_running_loop().create_server(
        door(shared, proxy.pipeline), "127.0.0.1", 0
    )
    door = Door(proxy, shared, server.sockets[0].getsockname()[1])
    try:
        yield door
    finally:
        server.close()
        for client in door.clients:
            client.writer.transport.abort()
        await until(lambda: not len(shared.connections))
