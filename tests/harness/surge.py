"""Surge: a steady stream of requests that counts what is lost of it.

Clients and their backend share a thread and its event loop. Each client sends one
request after the other, on a connection that it keeps or on a new one for each,
and a request is answered when all of its response came, as it should be. All else
is lost: a refused connect, a reset, an end without an answer, another status.
"""

import asyncio
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self, cast

import uvloop

REQUEST = b"GET /%d HTTP/1.1\r\nHost: t\r\n%b\r\n"
CLOSE = b"Connection: close\r\n"
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
# How long the last answers may take when we stop.
PATIENCE = 60.0


@dataclass(slots=True)
class Tally:
    """`lost` by what happened; `unlike`: heads whose `marks` were not one value."""

    answered: int = 0
    lost: Counter[str] = field(default_factory=Counter)
    marks: Counter[bytes] = field(default_factory=Counter)
    unlike: int = 0

    @property
    def sent(self) -> int:
        return self.answered + self.lost.total()


class Backend(asyncio.Protocol):
    """Answers each request at once with its path."""

    def __init__(self, every: set["Backend"]) -> None:
        self._every = every
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._every.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._every.discard(self)

    def abort(self) -> None:
        self._transport.abort()

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            path = self._rest[: self._rest.index(b" ", 4)].partition(b"/")[2]
            self._rest = self._rest[end + 4 :]
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
                b"Content-Length: %d\r\n\r\n%b" % (len(path), path)
            )


class Connection(asyncio.Protocol):
    """One connection of a client: a request, and its response or its end."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.open = False
        self._received = b""
        self._waiter: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.open = True

    async def ask(self, request: bytes) -> bytes:
        """The whole response. Raises EOFError where there is none."""
        if not self.open:
            raise EOFError("closed before")
        self._waiter = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._waiter

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0 or self._waiter is None or self._waiter.done():
            return
        found = LENGTH.search(self._received, 0, end)
        if found and len(self._received) >= end + 4 + int(found[1]):
            response, self._received = self._received, b""
            self._waiter.set_result(response)

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self._waiter is not None and not self._waiter.done():
            what = "cut" if self._received else "no answer"
            why = type(exc).__name__ if exc else "end"
            self._waiter.set_exception(EOFError(f"{what}: {why}"))


class Surge:
    """Requests to `port` for as long as the context lasts.

    `fresh`: each on a new connection. `pace`: at most so many a second; None: as
    many as are answered. `marks`: response fields that must have one value.
    """

    def __init__(
        self,
        *,
        clients: int = 8,
        fresh: bool = False,
        pace: float | None = None,
        marks: tuple[bytes, ...] = (),
    ) -> None:
        self.tally = Tally()
        self.url = ""
        self._port = 0
        self._clients = clients
        self._fresh = fresh
        self._pause = 0.0 if pace is None else clients / pace
        self._marks = marks
        self._loop: asyncio.AbstractEventLoop
        self._going = threading.Event()
        self._stop: asyncio.Event
        self._start: asyncio.Event
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="surge", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._going.wait(PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._loop.call_soon_threadsafe(self._start.set)
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(2 * PATIENCE)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure

    def begin(self, port: int) -> None:
        """The sidecar listens there."""
        self._port = port
        self._loop.call_soon_threadsafe(self._start.set)

    def _run(self) -> None:
        try:
            uvloop.run(self._surge())
        except BaseException as failure:  # noqa: BLE001 - of another thread
            self._failure = failure
        finally:
            self._going.set()

    async def _surge(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._start, self._stop = asyncio.Event(), asyncio.Event()
        every: set[Backend] = set()
        backend = await self._loop.create_server(lambda: Backend(every), "127.0.0.1", 0)
        port = backend.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self._going.set()
        await self._start.wait()
        async with asyncio.TaskGroup() as group:
            for number in range(self._clients):
                group.create_task(self._client(number))
        backend.close()
        for one in tuple(every):
            one.abort()
        while every:
            await asyncio.sleep(0.001)

    async def _client(self, number: int) -> None:
        connection: Connection | None = None
        while not self._stop.is_set():
            due = self._loop.time() + self._pause
            if connection is None or self._fresh or not connection.open:
                connection = await self._connected()
            if connection is not None:
                number += self._clients
                await self._ask(connection, number)
                if self._fresh:
                    connection.transport.close()
            if self._pause:
                await asyncio.sleep(max(0.0, due - self._loop.time()))
        if connection is not None:
            connection.transport.close()

    async def _connected(self) -> Connection | None:
        try:
            _, connection = await self._loop.create_connection(
                Connection, "127.0.0.1", self._port
            )
        except OSError as error:
            self.tally.lost[f"connect: {error.strerror}"] += 1
            await asyncio.sleep(0.001)
            return None
        return connection

    async def _ask(self, connection: Connection, number: int) -> None:
        request = REQUEST % (number, CLOSE if self._fresh else b"")
        try:
            async with asyncio.timeout(PATIENCE):
                response = await connection.ask(request)
        except EOFError as error:
            self.tally.lost[str(error)] += 1
        except TimeoutError:
            self.tally.lost["late"] += 1
            connection.transport.abort()
        else:
            self._judge(response, b"%d" % number)

    def _judge(self, response: bytes, expected: bytes) -> None:
        head, _, body = response.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 ") or body != expected:
            self.tally.lost[head[:12].decode()] += 1
            return
        self.tally.answered += 1
        values = {_value(head, name) for name in self._marks}
        self.tally.unlike += len(values) > 1
        for value in values:
            self.tally.marks[value] += 1


def _value(head: bytes, name: bytes) -> bytes:
    found = re.search(rb"\r\n%b: *([^\r]*)" % name, head, re.IGNORECASE)
    return found[1] if found else b""


def backend_of(surge: Surge) -> dict[str, Any]:
    """The configuration that leads to the surge's own backend."""
    return {"upstreams": {"default": {"url": surge.url}}}
