"""Origin: a scripted upstream that keeps what it was sent, byte for byte.

It runs on a thread of its own. What reaches it goes through the strict parser:
`received` holds the requests, `broken` what was none (oracle O1). A script for
a path says how to answer; without one `/victim?id=N` gives N (oracle O2) and
anything else is echoed as JSON.
"""

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Self, TypeAlias, cast

import uvloop

from tests.harness.kernel import Diagnosis
from tests.harness.strict import Malformed, Request, Requests

LINGER_ZERO = struct.pack("ii", 1, 0)
LOOK = 0.02
"""Seconds between looks, where nothing is told."""
PATIENCE = 60.0
"""For what is waited for here."""
UNREAD = 10.0
"""For the sidecar to read what comes before a reset."""


class End(Enum):
    """How a script may stop."""

    FIN = auto()  # close, after what was written has left
    RST = auto()  # reset, after the other end has read what was written
    FREEZE = auto()  # read no more, answer no more, stay open


@dataclass(frozen=True, slots=True)
class Wait:
    """Go on when `Origin.release(event)` was called."""

    event: str


class Connection(asyncio.Protocol):
    """One connection from the sidecar."""

    def __init__(self, origin: "Origin") -> None:
        self.origin = origin
        self.number = 0
        self.transport: asyncio.Transport
        self.requests = Requests()
        self.written = 0
        self.served = 0
        self.lost = asyncio.Event()
        self.tunnel: bytearray | None = None
        self.arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._waiting: list[tuple[Request, Script]] = []
        self._task: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self.transport = cast("asyncio.Transport", transport)
        self.number = self.origin.joined(self)
        if self.origin.greeting is not None:
            self._start(Request(), self.origin.greeting)

    def data_received(self, data: bytes) -> None:
        self.arrived.set()
        if self.tunnel is not None:
            self.tunnel += data
            return
        try:
            for event, request in self.requests.feed(data):
                self._meet(event, request)
        except Malformed as error:
            self.origin.noted_broken(str(error), self.requests.pending)
            self.transport.abort()

    def _meet(self, event: str, request: Request) -> None:
        early = self.origin.is_early(request.target)
        if event == "end":
            self.origin.noted(
                Received(self.requests.finished, self.number, self.served, request)
            )
            self.served += 1
        if early == (event == "head"):
            self._start(request, self.origin.script_for(request))

    def _start(self, request: Request, script: "Script") -> None:
        if self._task is None and isinstance(script, bytes):
            self.written += len(script)
            self.transport.write(script)
            return
        self._waiting.append((request, script))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._play())

    async def _play(self) -> None:
        while self._waiting:
            request, script = self._waiting.pop(0)
            for step in (script,) if isinstance(script, bytes) else script:
                if self.lost.is_set() or not await self._step(step, request):
                    return
        self._task = None

    async def _step(self, step: "Step", request: Request) -> bool:
        if isinstance(step, bytes):
            await self.write(step)
        elif isinstance(step, Wait):
            gate = asyncio.create_task(self.origin.event(step.event).wait())
            gone = asyncio.create_task(self.lost.wait())
            await asyncio.wait((gate, gone), return_when=asyncio.FIRST_COMPLETED)
            gate.cancel()
            gone.cancel()
        elif step is End.FIN:
            self.transport.close()
            return False
        elif step is End.RST:
            await self.reset()
            return False
        elif step is End.FREEZE:
            self.transport.pause_reading()
            return False
        else:
            await step(self, request)
        return True

    async def write(self, data: bytes) -> None:
        """Write, and wait while the sidecar does not read."""
        await self._writable.wait()
        if not self.lost.is_set():
            self.written += len(data)
            self.transport.write(data)

    async def pause(self, seconds: float) -> None:
        """Say nothing for a while, unless the sidecar leaves."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.lost.wait(), seconds)

    async def reset(self) -> None:
        """Reset, once the sidecar has read all that was written."""
        ours = self.transport.get_extra_info("socket")
        last = time.monotonic() + UNREAD
        while self.transport.get_write_buffer_size() or (
            self.origin.diagnosis.unread(ours)
        ):
            if time.monotonic() > last:
                break
            await asyncio.sleep(0.0002)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        self.transport.abort()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set()
        self.arrived.set()
        self._writable.set()
        self.origin.left(self, self.requests.pending)


Step: TypeAlias = bytes | Wait | End | Callable[[Connection, Request], Awaitable[None]]
Script: TypeAlias = bytes | Sequence[Step]


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: its bytes, the connection, and its place on it."""

    raw: bytes
    connection: int
    place: int
    request: Request


def reply(content: bytes = b"", *fields: bytes, status: bytes = b"200 OK") -> bytes:
    """A plain response with a Content-Length."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(content), *fields]
    return b"\r\n".join(lines) + b"\r\n\r\n" + content


def echo(request: Request) -> bytes:
    """What the origin saw, as JSON; bytes as Latin-1."""
    seen = {
        "method": request.method.decode("latin-1"),
        "target": request.target.decode("latin-1"),
        "fields": [
            [n.decode("latin-1"), v.decode("latin-1")] for n, v in request.fields
        ],
        "body": request.body.decode("latin-1"),
    }
    whole = reply(json.dumps(seen).encode(), b"Content-Type: application/json")
    if request.method == b"HEAD":
        return whole[: whole.index(b"\r\n\r\n") + 4]
    return whole


class Origin:
    """The upstream; use as a context manager."""

    def __init__(self, greeting: "Script | None" = None, *, port: int = 0) -> None:
        self.greeting = greeting
        self.port = port
        self.received: list[Received] = []
        self.broken: list[tuple[str, bytes]] = []
        self.connections: set[Connection] = set()
        self.accepted = 0
        self.diagnosis = Diagnosis()
        self._scripts: dict[bytes, list[Script]] = {}
        self._early: set[bytes] = set()
        self._events: dict[str, asyncio.Event] = {}
        self._changed = threading.Condition()
        self._loop = uvloop.new_event_loop()
        self._server: asyncio.AbstractServer | None = None
        self._thread = threading.Thread(target=self._run, name="origin", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(PATIENCE)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE)
        self._loop.close()
        self.diagnosis.close()

    def script(self, path: bytes, *scripts: "Script", early: bool = False) -> None:
        """Answer requests for `path` by these, one after the other, the last for ever.

        `early`: as soon as the head is there, not at the request's end.
        """
        self._scripts[path] = list(scripts)
        (self._early.add if early else self._early.discard)(path)

    def reset(self) -> None:
        """Forget what was scripted, released and received.

        On the origin's thread, for what was released last may not have come there yet.
        """
        asyncio.run_coroutine_threadsafe(self._reset(), self._loop).result(PATIENCE)

    async def _reset(self) -> None:
        self._scripts.clear()
        self._early.clear()
        self._events.clear()
        with self._changed:
            self.received, self.broken, self.cut = [], [], b""

    def forget(self, path: bytes) -> None:
        """Echo requests for `path` again."""
        self._scripts.pop(path, None)
        self._early.discard(path)

    def release(self, event: str) -> None:
        """Let the scripts go on that wait for `event`."""
        self._loop.call_soon_threadsafe(lambda: self.event(event).set())

    def take(self) -> list[Received]:
        """The requests since the last call, victims' aside; broken ones raise."""
        with self._changed:
            taken, self.received = self.received, []
            broken, self.broken = self.broken, []
        assert not broken, broken
        return [r for r in taken if not r.request.target.startswith(b"/victim?")]

    def wait_for(self, condition: Callable[[], bool], within: float = PATIENCE) -> bool:
        """Wait until `condition` holds, looked at whenever something happened.

        And once in a while: a script that has begun tells nobody.
        """
        last = time.monotonic() + within
        with self._changed:
            while not condition():
                left = last - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(min(left, LOOK))
        return True

    def drop_all(self) -> None:
        """Close every connection, as an origin does whose keep-alive is over."""

        def close() -> None:
            for connection in list(self.connections):
                connection.transport.close()

        self._loop.call_soon_threadsafe(close)
        assert self.wait_for(lambda: not self.connections)

    # What connections call, on the origin's thread.

    def joined(self, connection: Connection) -> int:
        with self._changed:
            self.connections.add(connection)
            self.accepted += 1
            self._changed.notify_all()
            return self.accepted

    def left(self, connection: Connection, pending: bytes) -> None:
        with self._changed:
            self.connections.discard(connection)
            self.cut = pending or self.cut
            self._changed.notify_all()

    cut: bytes = b""
    """The request bytes of the last connection that ended within a request."""

    def noted(self, received: Received) -> None:
        with self._changed:
            self.received.append(received)
            self._changed.notify_all()

    def noted_broken(self, reason: str, raw: bytes) -> None:
        with self._changed:
            self.broken.append((reason, raw))
            self._changed.notify_all()

    def is_early(self, target: bytes) -> bool:
        return target.partition(b"?")[0] in self._early

    def script_for(self, request: Request) -> "Script":
        path, _, query = request.target.partition(b"?")
        if path == b"/victim" and query.startswith(b"id="):
            return reply(query[3:])
        scripts = self._scripts.get(path)
        if scripts is None:
            return echo(request)
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    def event(self, name: str) -> asyncio.Event:
        return self._events.setdefault(name, asyncio.Event())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()

    async def _listen(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port), backlog=4096)
        self.port = listening.getsockname()[1]
        self._server = await self._loop.create_server(
            lambda: Connection(self), sock=listening
        )

    async def _end(self) -> None:
        assert self._server is not None
        self._server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        ending = list(self.connections)
        for connection in ending:
            connection.transport.abort()
        for connection in ending:
            await connection.lost.wait()
