"""Clients: many connections that are kept, and several requests on the way on each.

For counts, in the least time; tests/harness/client.py reads strictly.
"""

import asyncio
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import cast

from tests.model.kinds import Kind, Values

DEPTH = 16
"""Requests on one connection whose answers are not there yet."""
PATIENCE = 120.0

Check = Callable[["Asked", "Answer"], None]


@dataclass(slots=True)
class Asked:
    kind: Kind
    path: bytes
    values: Values
    method: bytes = b"GET"
    sent: float = 0.0
    data: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        lines = [b"%b %b HTTP/1.1" % (self.method, self.path), b"Host: model"]
        lines += [b"%b: %b" % pair for pair in self.values.items()]
        self.data = b"\r\n".join(lines) + b"\r\n\r\n"


@dataclass(slots=True)
class Answer:
    status: int
    fields: dict[bytes, bytes]
    content: bytes = field(repr=False)
    whole: bool = True


class Connection(asyncio.Protocol):
    transport: asyncio.Transport

    def __init__(self, check: Check, over: Callable[["Connection"], None]) -> None:
        self.open = False
        self.lost = 0
        self.waiting: deque[Asked] = deque()
        self._left: deque[Asked] = deque()
        self._data = bytearray()
        self._check = check
        self._over = over

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.open = True

    def ask(self, requests: Sequence[Asked]) -> None:
        self._left = deque(requests)
        self._more()

    def _more(self) -> None:
        if not self._left:
            self._over(self)
            return
        some = [self._left.popleft() for _ in range(min(DEPTH, len(self._left)))]
        self.waiting.extend(some)
        now = time.monotonic()
        for one in some:
            one.sent = now
        self.transport.write(b"".join(one.data for one in some))

    def connection_lost(self, exc: Exception | None) -> None:
        self.open = False
        if self.waiting and self._data:
            answer = _parsed(self._data, self.waiting[0].method)
            if answer is None and b"\r\n\r\n" in self._data:
                self._check(self.waiting[0], _begun(self._data))
        self.lost += len(self.waiting) + len(self._left)
        if self.waiting or self._left:
            self.waiting.clear()
            self._left.clear()
            self._over(self)

    def data_received(self, data: bytes) -> None:
        self._data += data
        while self.waiting:
            found = _parsed(self._data, self.waiting[0].method)
            if found is None:
                return
            answer, end = found
            del self._data[:end]
            self._check(self.waiting.popleft(), answer)
        assert not self._data, bytes(self._data)
        self._more()


class Clients:
    """Of one sidecar. `lost` counts requests whose connection ended before."""

    def __init__(self, port: int, count: int, check: Check) -> None:
        self.lost = 0
        self._port = port
        self._count = count
        self._check = check
        self._connections: list[Connection] = []
        self._asking = 0
        self._done: asyncio.Future[None] | None = None

    async def ask(self, requests: Sequence[Asked]) -> None:
        loop = asyncio.get_running_loop()
        kept = [one for one in self._connections if one.open]
        while len(kept) < self._count:
            _, one = await loop.create_connection(
                lambda: Connection(self._check, self._over), "127.0.0.1", self._port
            )
            kept.append(one)
        self._connections = kept
        self._done = loop.create_future()
        self._asking = len(kept)
        for number, one in enumerate(kept):
            one.ask(requests[number :: len(kept)])
        async with asyncio.timeout(PATIENCE):
            await self._done

    def close(self) -> None:
        for one in self._connections:
            if one.open:
                one.transport.abort()

    def _over(self, connection: Connection) -> None:
        self.lost += connection.lost
        connection.lost = 0
        self._asking -= 1
        if not self._asking and self._done is not None and not self._done.done():
            self._done.set_result(None)


def _head(data: bytearray, end: int) -> tuple[int, dict[bytes, bytes]]:
    line, *lines = bytes(data[:end]).split(b"\r\n")
    fields = {}
    for text in lines:
        name, _, value = text.partition(b": ")
        fields[name.lower()] = value
    return int(line[9:12]), fields


def _parsed(data: bytearray, method: bytes) -> tuple[Answer, int] | None:
    """The first answer, if all of it is there, and where it ends."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, fields = _head(data, end)
    at = end + 4
    if method == b"HEAD" or status in {204, 304}:
        return Answer(status, fields, b""), at
    if b"content-length" in fields:
        over = at + int(fields[b"content-length"])
        if len(data) < over:
            return None
        return Answer(status, fields, _decoded(fields, bytes(data[at:over]))), over
    assert fields[b"transfer-encoding"] == b"chunked", fields
    found = _unchunked(data, at)
    if found is None:
        return None
    content, over = found
    return Answer(status, fields, _decoded(fields, content)), over


def _unchunked(data: bytearray, at: int) -> tuple[bytes, int] | None:
    content = b""
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(bytes(data[at:line]), 16)
        if len(data) < line + 4 + size:
            return None
        content += data[line + 2 : line + 2 + size]
        at = line + 4 + size
        if not size:
            return content, at
    return None


def _begun(data: bytearray) -> Answer:
    """What was cut."""
    end = data.find(b"\r\n\r\n")
    status, fields = _head(data, end)
    return Answer(status, fields, bytes(data[end + 4 :]), whole=False)


def _decoded(fields: dict[bytes, bytes], content: bytes) -> bytes:
    if fields.get(b"content-encoding") == b"gzip":
        return zlib.decompress(content, 47)
    return content
