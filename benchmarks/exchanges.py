"""Exchanges: what one exchange costs within the process, without any socket.

    python -m benchmarks.exchanges

One whole worker at its defaults, with the access log off. The client's and the
upstream's transports are doubles, which are fed bytes, so that what the kernel and the
loop do is not in the figure. It is the least of many short slices in turn, in
microseconds of CPU; beside it stands how often Python calls something of ours for
it, which is the same on every machine, however busy.
"""

import asyncio
import gc
import itertools
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from email.utils import formatdate
from pathlib import Path
from types import FrameType
from typing import TypeAlias

from benchmarks.contents import shop_json
from benchmarks.parts import Figure
from sidecar.config.load import load
from sidecar.policy.deadlines import Deadlines
from sidecar.server.doors import ExpressDoor
from sidecar.server.instruments import instruments
from sidecar.server.loop import loop_factory
from sidecar.server.worker import Worker
from sidecar.upstream.connection import Connection
from sidecar.upstream.lifetime import Lifetime

FILE = """
upstreams: {default: {url: "http://127.0.0.1:9"}}
telemetry: {access_log: {format: "off"}}
"""
TIMES, SLICES = 20, 1000

FIELDS = b"Host: 127.0.0.1:8080\r\nUser-Agent: wrk/4\r\nAccept: */*\r\n"
REQUESTS = {
    "known at once": b"OPTIONS / HTTP/1.1\r\n%bMax-Forwards: 0\r\n\r\n" % FIELDS,
    "hit, 1 KB": b"GET /stored HTTP/1.1\r\n%b\r\n" % FIELDS,
    "hit, 304": b'GET /stored HTTP/1.1\r\n%bIf-None-Match: "a"\r\n\r\n' % FIELDS,
    "GET, 1 KB": b"GET /new HTTP/1.1\r\n%b\r\n" % FIELDS,
    "POST, 200 B": b"POST /new HTTP/1.1\r\n%bContent-Length: 200\r\n\r\n%b"
    % (FIELDS, b"x" * 200),
}
# Of a body that nobody may store.
ASKS_FOR_JSON = b"GET /new HTTP/1.1\r\n%bAccept-Encoding: %b\r\n\r\n"
CODINGS = (b"identity", b"gzip", b"br", b"zstd")
_REPLY = (
    b"HTTP/1.1 200 OK\r\nServer: origin\r\nDate: %b\r\n"
    b"Content-Type: application/json\r\n%bContent-Length: %d\r\n\r\n%b"
)
_LASTING = b'ETag: "a"\r\nCache-Control: max-age=86400\r\n'
_AGES = Lifetime(keepalive=1e6, max_age=1e6)

Exchange: TypeAlias = Callable[[], None]


class Transport(asyncio.Transport):
    """It keeps what was written to it last."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written = bytes(data)

    def is_closing(self) -> bool:
        return False

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(
        self, high: int | None = None, low: int | None = None
    ) -> None: ...


class Scene:
    """A worker, one client, and one connection to its upstream; in a running loop."""

    def __init__(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "exchanges.yaml"
            file.write_text(FILE)
            loaded = load(file, environ={})
        gauges = instruments(loaded.config)
        self.close = gauges.close
        worker = Worker(loaded, gauges, b"sidecar-1")
        self.client, self.upstream = Transport(), Transport()
        # Whoever measures looks inside.
        self._door = ExpressDoor(worker._entrance, worker._pipeline)()  # noqa: SLF001
        self._door.connection_made(self.client)
        self._connection = self._connected(worker)

    def _connected(self, worker: Worker) -> Connection:
        (endpoint,) = worker.setup.upstreams["default"].endpoints
        connection = Connection(endpoint, None, Deadlines(), _AGES)
        connection.connection_made(self.upstream)
        endpoint.pool.reserve()
        endpoint.pool.opened()
        connection.opened(0.0)
        connection.release()
        return connection

    def exchanges(self) -> dict[str, Exchange]:
        """What to call for each; what is to be found in the cache is there then."""
        date, content = formatdate(usegmt=True).encode("ascii"), b"x" * 1024
        stored = _REPLY % (date, _LASTING, len(content), content)
        self._forwarded(REQUESTS["hit, 1 KB"], stored)()
        reply = _REPLY % (date, b"", len(content), content)
        return {
            name: self._forwarded(raw, reply) if b"/new" in raw else self._answered(raw)
            for name, raw in REQUESTS.items()
        }

    def coded(self) -> dict[str, Exchange]:
        """50 KB of JSON in each coding: the same again, and another each time."""
        date, content = formatdate(usegmt=True).encode("ascii"), shop_json()
        reply = _REPLY % (date, b"Cache-Control: private\r\n", len(content), content)
        kinds: dict[str, Iterator[int]] = {
            "the same again": itertools.repeat(0),
            "another each time": itertools.count(),
        }
        return {
            f"50 KB, {coding.decode()}, {kind}": self._numbered(
                ASKS_FOR_JSON % (FIELDS, coding), bytearray(reply), numbers
            )
            for coding in CODINGS
            for kind, numbers in kinds.items()
        }

    def _numbered(
        self, raw: bytes, reply: bytearray, numbers: Iterator[int]
    ) -> Exchange:
        def exchange() -> None:
            reply[-10:] = b"%010d" % next(numbers)
            self._feed(self._door, raw)
            self._feed_all(self._connection, reply)

        return exchange

    def _answered(self, raw: bytes) -> Exchange:
        def exchange() -> None:
            self._feed(self._door, raw)

        return exchange

    def _forwarded(self, raw: bytes, reply: bytes) -> Exchange:
        def exchange() -> None:
            self._feed(self._door, raw)
            self._feed(self._connection, reply)

        return exchange

    def _feed(self, receiver: asyncio.BufferedProtocol, raw: bytes) -> None:
        receiver.get_buffer(-1)[: len(raw)] = raw  # type: ignore[index]
        receiver.buffer_updated(len(raw))

    def _feed_all(self, receiver: asyncio.BufferedProtocol, raw: bytearray) -> None:
        rest = memoryview(raw)
        while rest:
            room: memoryview = receiver.get_buffer(-1)  # type: ignore[assignment]
            size = min(len(room), len(rest))
            room[:size] = rest[:size]
            rest = rest[size:]
            receiver.buffer_updated(size)


def calls(exchange: Exchange) -> int:
    """How often something written in Python is called."""
    count = 0

    def profile(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event == "call"

    counts = []
    for _ in range(2):  # what is done now and then is done in one of them at most
        count = 0
        sys.setprofile(profile)
        exchange()
        sys.setprofile(None)
        counts.append(count)
    return min(counts)


def least(
    exchanges: Mapping[str, Exchange], times: int = TIMES, slices: int = SLICES
) -> dict[str, float]:
    """CPU seconds of one exchange, in the best slice."""
    found = dict.fromkeys(exchanges, float("inf"))
    for _ in range(slices):
        for name, exchange in exchanges.items():
            exchange()  # what the others before it put out of the caches is back
            before = time.thread_time()
            for _ in range(times):
                exchange()
            spent = (time.thread_time() - before) / times
            found[name] = min(found[name], spent)
    return found


async def measure() -> None:
    scene = Scene()
    exchanges = scene.exchanges()
    gc.disable()
    for name, spent in least(exchanges).items():
        print(Figure(f"{name}, {calls(exchanges[name])} calls", spent * 1e6, "µs"))
    # Few at once: what is dear has to end before others take the processor.
    for name, spent in least(scene.coded(), times=4).items():
        print(Figure(name, spent * 1e6, "µs"))
    scene.close()


def main() -> int:
    """Measure and print."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(measure())
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
