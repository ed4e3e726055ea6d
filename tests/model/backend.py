"""Backend: an origin of all kinds, on a thread of its own, that fails when it is told.

It is to cost little, for it is asked very often; tests/harness/origin.py reads
strictly.
"""

import asyncio
import gzip
import random
import socket
import threading
import time
from collections.abc import Coroutine
from enum import Enum, auto
from typing import Any, Self, cast

import uvloop

from tests.harness.ports import reserved_port
from tests.model.kinds import KINDS, Kind, body

_PHRASES = {200: b"OK", 404: b"Not Found", 500: b"Internal Server Error"}
_POSTED = b"HTTP/1.1 204 No Content\r\n\r\n"
_FAILED = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 3\r\n\r\nno\n"


class Mode(Enum):
    WELL = auto()
    REFUSES = auto()  # nobody listens, and nobody is talked to
    FAILS = auto()  # 503
    CUTS = auto()  # some of its replies
    RESETS = auto()  # some of its connections, without a word


class Backend:
    """Use as a context manager."""

    def __init__(self) -> None:
        self.port = reserved_port()
        self.asked = self.cut = 0
        self.mode = Mode.WELL
        self.connections: set[Connection] = set()
        self.failed = float("-inf")
        """When it last did."""
        self._loop = uvloop.new_event_loop()
        self._server: asyncio.AbstractServer | None = None
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._run(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._run(self._refuse())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(30)
        self._loop.close()

    def turn(self, mode: Mode) -> None:
        """Be like that from now on."""
        if mode is self.mode:
            return
        before, self.mode = self.mode, mode
        self.failed = time.monotonic()
        if mode is Mode.REFUSES:
            self._run(self._refuse())
        elif before is Mode.REFUSES:
            self._run(self._listen())

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    async def _listen(self) -> None:
        listening = socket.create_server(("127.0.0.1", self.port), backlog=4096)
        self._server = await self._loop.create_server(
            lambda: Connection(self), sock=listening
        )

    async def _refuse(self) -> None:
        assert self._server is not None
        self._server.close()
        for connection in list(self.connections):
            connection.transport.abort()


class Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self._data = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.backend.connections.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self.backend.connections.discard(self)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while b"\r\n\r\n" in self._data:
            head, _, self._data = self._data.partition(b"\r\n\r\n")
            self._asked(head)

    def _asked(self, head: bytes) -> None:
        backend, now = self.backend, time.monotonic()
        backend.asked += 1
        line, *lines = head.split(b"\r\n")
        method, target, _ = line.split(b" ")
        values: dict[bytes, bytes] = {}
        for text in lines:
            name, _, value = text.partition(b": ")
            values[name.lower()] = value
        mode = backend.mode
        if mode is not Mode.WELL:
            backend.failed = now
        if mode is Mode.FAILS:
            self.transport.write(_FAILED)
        elif mode is Mode.RESETS and random.random() < 0.3:
            self.transport.abort()
        elif method == b"POST":
            self.transport.write(_POSTED)
        else:
            kind = KINDS[target.split(b"/")[2].decode()]
            self._answer(kind, method, target, values, now)

    def _answer(
        self,
        kind: Kind,
        method: bytes,
        target: bytes,
        values: dict[bytes, bytes],
        now: float,
    ) -> None:
        content = body(kind, target, values, now)
        fields = [*kind.fields, *kind.more(values)]
        fields.append((b"Content-Type", b"text/plain"))
        fields.append((b"Cache-Tag", b"kind-" + kind.name.encode()))
        status = kind.status
        if kind.validates:
            etag = b'"%d"' % kind.version(now)
            fields.append((b"ETag", etag))
            if etag in values.get(b"if-none-match", b""):
                status, content = 304, b""
        if kind.name == "coded" and b"gzip" in values.get(b"accept-encoding", b""):
            content = gzip.compress(content, 1)
            fields.append((b"Content-Encoding", b"gzip"))
        lines = [b"HTTP/1.1 %d %b" % (status, _PHRASES.get(status, b"Not Modified"))]
        lines += [b"%b: %b" % pair for pair in fields]
        if status != 304:
            lines.append(b"Content-Length: %d" % len(content))
        reply = b"\r\n".join(lines) + b"\r\n\r\n"
        if method != b"HEAD":
            reply += content
        if self.backend.mode is Mode.CUTS and random.random() < 0.3:
            self.backend.cut += 1
            self.transport.write(reply[: random.randrange(1, len(reply))])
            self.transport.close()
        elif kind.delay:
            asyncio.get_running_loop().call_later(
                kind.delay, self.transport.write, reply
            )
        else:
            self.transport.write(reply)
