"""Footprint: memory of an idle worker and of idle connections, and time to start."""

import asyncio
import resource
from dataclasses import dataclass

from benchmarks.accounting import pss, rss
from benchmarks.figures import Result, Series
from benchmarks.fleet import Fleet, Refused, check
from benchmarks.loads import Load
from benchmarks.pace import Pace
from benchmarks.peers import PLAIN, Peer
from benchmarks.processes import HOST, Started, StartFailed, stop

MIB, KIB = 1 << 20, 1 << 10
LOAD = Load("/1k.json", 1000)
REQUEST = b"GET /1k.json HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
AT_ONCE = 64
KEPT_BACK = 256  # descriptors
LIMIT = 60.0  # seconds to open and use all connections


def raise_descriptor_limit() -> int:
    """Allow as many open files as the machine lets us; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def bearable(wanted: int, descriptors: int) -> int:
    """How many idle connections can be asked for, in hundreds.

    The sidecar keeps one descriptor for the upstream for each of a client, and some
    for itself, and refuses who is one too many.
    """
    return min(wanted, max(0, descriptors - KEPT_BACK) // 2 // 100 * 100)


async def _open(port: int, gate: asyncio.Semaphore) -> asyncio.StreamWriter:
    async with gate:
        reader, writer = await asyncio.open_connection(HOST, port, limit=2048)
        writer.write(REQUEST)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head:
            raise Refused(head.partition(b"\r\n")[0].decode(errors="replace"))
        await reader.readexactly(LOAD.length)
        return writer


async def _per_connection(started: Started, count: int) -> float:
    before = pss(started.pids)
    gate = asyncio.Semaphore(AT_ONCE)
    writers: list[asyncio.StreamWriter] = []
    try:
        async with asyncio.timeout(LIMIT):
            opening = [_open(started.port, gate) for _ in range(count)]
            for opened in asyncio.as_completed(opening):
                writers.append(await opened)  # noqa: PERF401 - kept where one fails
        return (pss(started.pids) - before) / count
    finally:
        for writer in writers:
            writer.transport.abort()


@dataclass(frozen=True, slots=True)
class Footprint:
    """Three rows from the same fresh starts: time to start, idle memory, connections.

    `peers` in turn, a fresh process for every sample.
    """

    key: str
    title: str
    peers: tuple[str, ...]
    reference: str

    def measure(self, fleet: Fleet, pace: Pace) -> list[Result]:
        """Start, look, open connections, look again, stop."""
        held = bearable(pace.idle_connections, raise_descriptor_limit())
        start = Result(
            "start", "Start: command to ready", Series("s"), self.reference,
            note="the sidecar: its line `sidecar ready`; others: the port accepts",
        )  # fmt: skip
        idle = Result(
            "idle-memory", "Idle worker, after one request", Series("MiB PSS"),
            self.reference, Series("MiB RSS"),
        )  # fmt: skip
        connections = Result(
            "idle-connections",
            f"{held:,} idle connections, each after one request",
            Series("KiB PSS per connection"),
            self.reference,
            note="memory of the process; the kernel's socket buffers are not in it",
        )
        results = [start, idle, connections]
        fleet.keep(set())
        for number in range(pace.starts):
            for name in self.peers:
                if name not in start.failed:
                    # Connections take long and vary little: two samples are enough.
                    count = held if number < 2 else 0  # noqa: PLR2004
                    self._sample(fleet, fleet.peer(name), results, count)
        return results

    def _sample(
        self, fleet: Fleet, peer: Peer, results: list[Result], connections: int
    ) -> None:
        start, idle, idle_connections = results
        try:
            started = fleet.launch(peer, PLAIN)
        except StartFailed as error:
            for result in results:
                result.failed[peer.name] = str(error)
            return
        start.main.add(peer.name, started.seconds_to_ready)
        try:
            check(started.port, LOAD)
            idle.main.add(peer.name, pss(started.pids) / MIB)
            if idle.beside:
                idle.beside.add(peer.name, rss(started.pids) / MIB)
            if connections and peer.name not in idle_connections.failed:
                each = asyncio.run(_per_connection(started, connections))
                idle_connections.main.add(peer.name, each / KIB)
        except (Refused, OSError, EOFError, TimeoutError) as error:
            idle_connections.failed[peer.name] = f"{type(error).__name__}: {error}"
        finally:
            stop(started)
