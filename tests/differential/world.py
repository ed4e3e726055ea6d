"""World: one front door with the pipeline behind it, an origin and a client.

    client ──memory──▶ door ─▶ pipeline ─▶ upstream ──memory──▶ origin

All of the sidecar's own code but the loop, the sockets and the clock. `play` lets
a case happen and returns what the two ends have seen.
"""

import asyncio
import re
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sidecar.config.load import load
from sidecar.config.schema import Config
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.pressure import Pressure
from sidecar.proxy.clock import Clock
from sidecar.proxy.pipeline import Pipeline
from sidecar.server import assembly, listeners
from sidecar.server.connections import Connections
from sidecar.server.entrance import Entrance
from sidecar.server.overload import OVERLOAD
from sidecar.server.protection import Common, Protection
from sidecar.server.renderings import Shop
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.observer import NOBODY
from sidecar.units import Instant, Timestamp
from tests.differential.case import PLAIN, Answer, Case
from tests.differential.memory import Memory
from tests.differential.quiet_loop import QuietLoop
from tests.harness.strict import Malformed, Request, Requests
from tests.server.unheard import unheard

FILE = Path(__file__).parent / "sidecar.yaml"
PSEUDONYM = b"sidecar-0"
CLIENT, TRUSTED = "192.0.2.1", "10.0.0.1"
HOURS = 10
"""More than enough of them for every deadline to pass."""

Door = Callable[[Entrance, Pipeline], listeners.Door]


def configuration() -> Config:
    return load(FILE, environ={}).config


class StoppedClock(Clock):
    __slots__ = ("_loop",)

    def __init__(self, loop: QuietLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> Instant:
        return Instant(self._loop.now)

    def wall(self) -> Timestamp:
        return Timestamp(self._loop.now)

    def date(self) -> bytes:
        return b"Thu, 01 Jan 1970 00:00:00 GMT"


@dataclass(slots=True)
class Got:
    """One request as the origin got it; without `request` it was cut short."""

    raw: bytes
    request: Request | None


@dataclass(slots=True)
class Seen:
    """What both ends saw; `in_time` is how much of it before time passed."""

    client: bytes = b""
    ended: str = "open"
    client_in_time: int = 0
    ended_in_time: str = "open"
    origin: list[Got] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)


class Client(asyncio.Protocol):
    def __init__(self) -> None:
        self.raw = bytearray()
        self.ended = "open"

    def data_received(self, data: bytes) -> None:
        self.raw += data

    def eof_received(self) -> bool:
        self.ended = "fin"
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if isinstance(exc, ConnectionResetError):
            self.ended = "rst"


class Backend(asyncio.Protocol):
    """One connection to the origin."""

    def __init__(self, world: "World") -> None:
        self._world = world
        self._requests = Requests()
        self._answers: dict[int, Answer] = {}
        self._tunnel = False
        self.transport: Any = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        if self._tunnel:
            self._world.seen.origin[-1].raw += data
            return
        try:
            events = self._requests.feed(data)
        except Malformed as error:
            self._world.seen.defects.append(f"malformed at the origin: {error}")
            self.transport.abort()
            return
        for event, request in events:
            if event == "head":
                answer = self._answers[id(request)] = self._world.next_answer()
            else:
                answer = self._answers.pop(id(request))
                self._world.seen.origin.append(Got(self._requests.finished, request))
            if answer.early == (event == "head"):
                self._say(answer)

    def _say(self, answer: Answer) -> None:
        for number, piece in enumerate(answer.pieces):
            if number:
                self._world.pending.append(partial(self._write, piece))
            else:
                self._write(piece)
        if answer.then != "goes on":
            end = self._close if answer.then == "closes" else self._reset
            self._world.pending.append(end)

    def _write(self, piece: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(piece)
        self._tunnel |= piece.startswith(b"HTTP/1.1 101")

    def _close(self) -> None:
        self.transport.close()

    def _reset(self) -> None:
        self.transport.resets = True
        self.transport.abort()

    def eof_received(self) -> bool:
        return self._tunnel

    def connection_lost(self, exc: Exception | None) -> None:
        if self._requests.pending:
            self._world.seen.origin.append(Got(self._requests.pending, None))


class World:
    def __init__(self, loop: QuietLoop, config: Config, door: Door, case: Case) -> None:
        self.seen = Seen()
        self.pending: deque[Callable[[], None]] = deque()
        self._case = case
        self._loop = loop
        self._answers = iter(case.answers)
        self._deadlines = Deadlines()
        self._refusing = case.unreachable
        clock = StoppedClock(loop)
        self._upstreams = assembly.upstreams(config, self._deadlines)
        self._entrance = Entrance(
            limits=assembly.limits(config.limits),
            timeouts=assembly.client_timeouts(config),
            connections=Connections(assembly.connection_bounds(config.limits)),
            deadlines=self._deadlines,
            clock=clock,
            overload=OVERLOAD,
        )
        never = Common(chance=lambda: 0.0)
        protection = Protection(unheard(), clock, self._deadlines, never)
        site = assembly.site(
            config,
            self._upstreams,
            Metrics(),
            PSEUDONYM,
            protection.plan(config).guards,
            Shop(Pressure()),
        )
        pipeline = Pipeline(
            site,
            NOBODY,
            clock,
            self._deadlines,
            lambda error: self.seen.defects.append(repr(error)),
        )
        self._door = door(self._entrance, pipeline)
        loop.accept = self._accept

    def next_answer(self) -> Answer:
        return next(self._answers, PLAIN)

    def _accept(self) -> Backend:
        if self._refusing:
            self._refusing -= 1
            raise ConnectionRefusedError(111, "Connection refused")
        return Backend(self)

    async def play(self) -> Seen:
        case, client = self._case, Client()
        address = TRUSTED if case.trusted else CLIENT
        theirs, ours = Memory.pair(self._loop, (CLIENT, 80), (address, 4711))
        ours.other = theirs
        theirs.begin(client)
        ours.begin(self._door())
        if not case.reads:
            theirs.pause_reading()
        await self._go_through(list(case.pieces), theirs)
        await self._leave(theirs)
        seen = self.seen
        seen.client_in_time, seen.ended_in_time = len(client.raw), client.ended
        await self._let_time_pass()
        theirs.abort()
        await self._settle()
        seen.client, seen.ended = bytes(client.raw), client.ended
        await self._end()
        return seen

    async def _go_through(self, pieces: list[bytes], client: Memory) -> None:
        while True:
            await self._loop.quiet()
            if self.pending and not (self._case.hasty and pieces):
                self.pending.popleft()()
            elif pieces:
                piece = pieces.pop(0)
                # What was received before a reset can still be read, but for this.
                if client.arriving_end != "rst" and not client.is_closing():
                    client.write(piece)
            else:
                return

    async def _leave(self, client: Memory) -> None:
        match self._case.leaves:
            case "half-closes":
                client.write_eof()
            case "closes":
                client.close()
            case "resets":
                client.resets = True
                client.abort()
        if not self._case.reads:
            client.resume_reading()
        await self._settle()

    async def _settle(self) -> None:
        await self._loop.quiet()
        while self.pending:
            self.pending.popleft()()
            await self._loop.quiet()

    async def _let_time_pass(self) -> None:
        for _ in range(HOURS):
            self._loop.now += 3600.0
            self._deadlines.sweep(Instant(self._loop.now))
            await self._settle()

    async def _end(self) -> None:
        seen = self.seen
        left = {name: one.counts() for name, one in self._upstreams.items()}
        if len(self._entrance.connections):
            seen.defects.append("the client's connection was left open")
        if any(any(counts.values()) for counts in left.values()):
            seen.defects.append(f"upstream connections were left: {left}")
        for one in self._upstreams.values():
            await one.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        if tasks:
            seen.defects.append(f"tasks were left: {tasks}")


_IDENTIFIER = re.compile(rb"\b(?:[0-9a-f]{32}|[0-9a-f]{16})\b")


def normalised(raw: bytes, case: Case) -> bytes:
    """Without what differs in each run: the identifiers that nobody sent."""
    said = case.stream

    def zeros(found: re.Match[bytes]) -> bytes:
        return found[0] if found[0] in said else b"0" * len(found[0])

    return _IDENTIFIER.sub(zeros, raw)
