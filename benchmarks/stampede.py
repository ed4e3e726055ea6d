"""Stampede: how often an origin is asked when everybody wants the same at once.

One URL that nobody has stored, an origin that takes its time, and a thousand clients.
"""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.caching import STORERS
from benchmarks.figures import Result, Series
from benchmarks.pace import QUICK, Pace
from benchmarks.peers import Peer, Setting
from benchmarks.processes import HOST, Started, StartFailed, stop

CLIENTS = 1000
QUICK_CLIENTS = 200
# Longer than it takes all of them to ask.
TAKES = 2.0
PATIENCE = 60.0  # seconds
_BODY = b"x" * 1000
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nCache-Control: max-age=60\r\n\r\n%b"
    % (len(_BODY), _BODY)
)


class Starts(Protocol):
    """As `benchmarks.fleet` does it."""

    def keep(self, settings: set[Setting]) -> None: ...
    def peer(self, name: str) -> Peer: ...
    def launch(
        self, peer: Peer, setting: Setting, origin: int | None = None
    ) -> Started: ...


@dataclass(slots=True)
class Slow:
    """An origin that counts."""

    asked: int = 0
    port: int = 0
    listens: threading.Event = field(default_factory=threading.Event)

    async def serve(self, over: asyncio.Event) -> None:
        """Answer until it is `over`."""
        server = await asyncio.start_server(self._answer, HOST, 0, backlog=4096)
        self.port = server.sockets[0].getsockname()[1]
        self.listens.set()
        async with server:
            await over.wait()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while b"/stampede" in await reader.readuntil(b"\r\n\r\n"):
                self.asked += 1
                await asyncio.sleep(TAKES)
                writer.write(_ANSWER)
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@contextmanager
def slow() -> Iterator[Slow]:
    """Run one on a thread of its own."""
    origin, loop, over = Slow(), asyncio.new_event_loop(), asyncio.Event()
    thread = threading.Thread(
        target=lambda: loop.run_until_complete(origin.serve(over))
    )
    thread.start()
    origin.listens.wait(PATIENCE)
    try:
        yield origin
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(PATIENCE)
        loop.close()


async def _one(port: int, go: asyncio.Event) -> bool:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        await go.wait()
        writer.write(b"GET /stored/stampede HTTP/1.1\r\nHost: t\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(len(_BODY))
        return head.startswith(b"HTTP/1.1 200")
    except (asyncio.IncompleteReadError, OSError):
        return False
    finally:
        writer.close()


async def crowd(port: int, clients: int) -> int:
    """Let them all ask at once; how many were answered."""
    go = asyncio.Event()
    async with asyncio.timeout(PATIENCE):
        asking = [asyncio.create_task(_one(port, go)) for _ in range(clients)]
        await asyncio.sleep(1.0)  # all are connected
        go.set()
        return sum(await asyncio.gather(*asking))


@dataclass(frozen=True, slots=True)
class Stampede:
    """Requests at the origin, for each peer."""

    key: str
    title: str
    peers: tuple[str, ...]

    def measure(self, fleet: Starts, pace: Pace) -> list[Result]:
        """One crowd for each; nobody else runs meanwhile."""
        fleet.keep(set())
        clients = QUICK_CLIENTS if pace == QUICK else CLIENTS
        asked = Series("requests at the origin")
        note = f"{clients:,} clients, an origin that takes {TAKES:g} s"
        result = Result(self.key, self.title, asked, note=note)
        for name in self.peers:
            if name not in STORERS and not name.startswith("sidecar"):
                continue
            try:
                asked.add(name, self._asked(fleet, name, clients))
            except (StartFailed, OSError, TimeoutError) as error:
                result.failed[name] = str(error) or type(error).__name__
        return [result]

    def _asked(self, fleet: Starts, name: str, clients: int) -> int:
        with slow() as origin:
            started = fleet.launch(fleet.peer(name), Setting(), origin.port)
            try:
                answered = asyncio.run(crowd(started.port, clients))
            finally:
                stop(started)
            if answered < clients:
                raise OSError(f"{clients - answered} of {clients} had no answer")
            return origin.asked
