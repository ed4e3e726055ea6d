"""Large bodies: they pass, in little memory, and no faster than they are taken."""

import re
import select
import threading
import time
import zlib
from collections.abc import Iterator
from types import TracebackType
from typing import Self

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get, victim
from tests.harness.kernel import BUFFERS
from tests.harness.origin import Connection, Origin, Wait, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Request

MIB = 1 << 20
LARGE = 1024 * MIB
GROWTH = 32 * MIB
STALLED = 4 * MIB + 2 * BUFFERS
"""What the kernel may hold of two connections, and a little; not a large body."""
REST = bytes(range(256)) * 4096


def blocks() -> Iterator[bytes]:
    """A large body whose every MiB is different."""
    for number in range(LARGE // MIB):
        yield number.to_bytes(8, "big") + REST[8:]


@pytest.fixture(scope="module")
def checksum() -> int:
    total = 0
    for block in blocks():
        total = zlib.crc32(block, total)
    return total


async def large(connection: Connection, _: Request) -> None:
    await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % LARGE)
    for block in blocks():
        if connection.lost.is_set():
            return
        await connection.write(block)


class Growth:
    """The most memory that a sidecar held above what it began with."""

    def __init__(self, sidecar: Sidecar) -> None:
        self.most = 0
        self._sidecar = sidecar
        self._before = sidecar.memory()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._over.wait(0.05):
            self.most = max(self.most, self._sidecar.memory() - self._before)


def received_down(client: Client) -> tuple[int, int]:
    """The size and checksum of a response body, read to its end."""
    buffer = bytearray(MIB)
    begin = b""
    while b"\r\n\r\n" not in begin:
        select.select([client.sock], [], [], 30)
        begin += client.sock.recv(65536)
    body = begin.partition(b"\r\n\r\n")[2]
    size, total = len(body), zlib.crc32(body)
    while size < LARGE:
        assert select.select([client.sock], [], [], 30)[0], f"stalled at {size}"
        count = client.sock.recv_into(buffer)
        assert count, f"ended at {size}"
        size += count
        total = zlib.crc32(memoryview(buffer)[:count], total)
    return size, total


def test_download(sidecar: Sidecar, origin: Origin, checksum: int) -> None:
    origin.script(b"/large", (large,))
    with Client(sidecar.port) as client, Growth(sidecar) as growth:
        client.send(b"GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        assert received_down(client) == (LARGE, checksum)
    assert growth.most < GROWTH
    origin.take()
    victim(sidecar.port)


def test_upload(sidecar: Sidecar, origin: Origin, checksum: int) -> None:
    origin.script(b"/large", reply(b"done"))
    head = b"POST /large HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % LARGE
    with Client(sidecar.port) as client, Growth(sidecar) as growth:
        client.send(head)
        for block in blocks():
            assert client.send(block), client.outcome()
        assert client.read(1).status == 200
    assert growth.most < GROWTH
    (received,) = origin.take()
    assert (received.request.size, received.request.crc) == (LARGE, checksum)
    victim(sidecar.port)


def stalls(written: Iterator[int]) -> int:
    """How much was written when it had not become more for half a second."""
    last, since = -1, time.monotonic()
    for count in written:
        if count != last:
            last, since = count, time.monotonic()
        elif time.monotonic() - since > 0.5:
            return last
        assert count < LARGE, "never held back"
        select.select([], [], [], 0.02)
    raise AssertionError("unreachable")


def test_client_that_stops_reading_holds_the_backend(
    sidecar: Sidecar, origin: Origin, checksum: int
) -> None:
    writers: list[tuple[Connection, int]] = []

    async def watched(connection: Connection, request: Request) -> None:
        writers.append((connection, connection.written))
        await large(connection, request)

    def written() -> Iterator[int]:
        connection, before = writers[0]
        while True:
            yield connection.written - before

    origin.script(b"/large", (watched,))
    with Client(sidecar.port) as client, Growth(sidecar) as growth:
        client.send(b"GET /large HTTP/1.1\r\nHost: t\r\n\r\n")
        assert origin.wait_for(lambda: bool(writers))
        assert stalls(written()) < STALLED
        assert growth.most < GROWTH // 4
        victim(sidecar.port)
        # And it goes on when the client does.
        before, taken = next(written()), 0
        while taken < STALLED:
            select.select([client.sock], [], [], 30)
            taken += len(client.sock.recv(MIB))
        assert next(written()) > before
    origin.take()
    victim(sidecar.port)


def test_backend_that_stops_reading_holds_the_client(
    sidecar: Sidecar, origin: Origin
) -> None:
    async def look_away(connection: Connection, _: Request) -> None:
        connection.transport.pause_reading()

    origin.script(b"/large", (look_away, Wait("never")), early=True)
    head = b"POST /large HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % LARGE

    def sent(client: Client) -> Iterator[int]:
        total = 0
        while True:
            if select.select([], [client.sock], [], 0)[1]:
                total += client.sock.send(REST)
            yield total

    with Client(sidecar.port) as client, Growth(sidecar) as growth:
        client.send(head)
        assert stalls(sent(client)) < STALLED
        assert growth.most < GROWTH // 4
        victim(sidecar.port)
    origin.drop_all()
    victim(sidecar.port)


def test_client_that_leaves_while_held_is_noticed(
    own_sidecar: Start, origin: Origin
) -> None:
    """P13: nobody reads from it, for the backend takes nothing; its reset counts."""

    async def look_away(connection: Connection, _: Request) -> None:
        connection.transport.pause_reading()

    sidecar = own_sidecar()
    origin.script(b"/large", (look_away, Wait("never")), early=True)
    head = b"POST /large HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % LARGE
    with Client(sidecar.port) as client:
        client.send(head)
        while select.select([], [client.sock], [], 0.3)[1]:
            client.sock.send(REST)
        await_condition(lambda: in_flight(sidecar) == 1)
    await_condition(lambda: in_flight(sidecar) == 0)
    origin.drop_all()


def in_flight(sidecar: Sidecar) -> float:
    metrics = get(sidecar.health, b"/metrics").responses[0].body.decode()
    counts = re.findall(r"^http_requests_in_flight\S* (\S+)$", metrics, re.MULTILINE)
    return sum(map(float, counts))
