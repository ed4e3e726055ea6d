"""Desk: the process of the health and the admin listener, where there are workers.

It serves no traffic, so that it answers however busy they are. What it shows it
knows from the parent (`messages.News`), from the heartbeats, or asks the workers.
"""

import asyncio
import itertools
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from itertools import chain
from socket import socket
from typing import TYPE_CHECKING, Any

from sidecar import __version__
from sidecar.policy.circuit import State
from sidecar.policy.readiness import UpstreamState
from sidecar.proxy.circuit_view import CircuitView, together
from sidecar.server import pooled
from sidecar.server.administered import health
from sidecar.server.estate import Estate
from sidecar.server.health_door import serving
from sidecar.server.link import ChildLink
from sidecar.server.loop import loop_factory
from sidecar.server.messages import (
    AskAll,
    Leave,
    Members,
    News,
    Ready,
    Reloaded,
    Standing,
    ToDesk,
    Told,
    WantDrain,
    WantReload,
)
from sidecar.server.on_call import admin, on_call
from sidecar.server.questions import Question
from sidecar.server.reloads import Outcome, Reloads
from sidecar.storage.listing import Shown
from sidecar.storage.store import Purge
from sidecar.telemetry.cgroup import cgroup
from sidecar.telemetry.gathering import Gathering
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.snapshot import Row, Snapshot, add, decode
from sidecar.telemetry.throttling import limited
from sidecar.telemetry.totals import Totals
from sidecar.units import Seconds

if TYPE_CHECKING:
    from sidecar.config.load import Loaded

# A worker that does not answer within this is shown as it was last heard of.
PATIENCE: Seconds = 1.0
# What a worker counted since is lost with it; asked for so often.
LISTEN: Seconds = 5.0


def live(estate: Estate, reloads: Reloads, sock: socket) -> int:
    """Serve until told to leave; the exit status."""
    for other in estate.opened.clients:
        other.close()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_live(estate, reloads, sock))


async def _live(estate: Estate, reloads: Reloads, sock: socket) -> int:
    desk = Desk(estate, reloads)
    link = await ChildLink.over(sock, desk.told, desk.orphaned)
    desk.link = link
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(serving(health(desk), estate.opened.health))
        await stack.enter_async_context(on_call(admin, desk, estate.opened.admin))
        listening = asyncio.create_task(desk.listen())
        stack.callback(listening.cancel)
        link.send(Ready())
        await desk.leave.wait()
    await link.close()
    return 0


class Desk:
    """`server.administered.Administered` of a sidecar of many processes."""

    link: ChildLink

    def __init__(self, estate: Estate, reloads: Reloads) -> None:
        self.loaded = estate.loaded
        self.reloads = reloads
        self.on_reload: list[Callable[[Loaded], None]] = []
        self.leave = asyncio.Event()
        self._began = estate.began
        self._heartbeats = estate.heartbeats
        self._members = Members(0, {}, {})
        self._standing: Mapping[str, Standing] = {}
        self._totals = Totals(estate.grounds and estate.grounds / "totals")
        self._numbers = itertools.count()
        self._asked: dict[int, Question] = {}
        self._reloads: dict[int, asyncio.Future[Outcome]] = {}
        self.gather = Gathering(
            self._snapshot,
            (
                self._operation,
                limited(cgroup().stat),
                Processes(self._pids, version=__version__, parent=os.getppid()).rows,
            ),
        )

    # What it is shown as

    def started(self) -> bool:
        return len(self._members.ready) >= self._members.size > 0

    def draining(self) -> bool:
        return self._members.draining

    def uptime(self) -> Seconds:
        return time.monotonic() - self._began

    def heartbeats(self) -> Mapping[str, Seconds]:
        # A slot that is being filled anew beats again in a moment.
        return {
            _label(name): self._heartbeats.age(int(_label(name)) - 1)
            for name in self._members.ready
        }

    def upstreams(self) -> Sequence[UpstreamState]:
        return pooled.upstreams(one.upstreams for one in self._standing.values())

    async def slow(self) -> Sequence[SlowRequest]:
        return pooled.slow(await self.ask("slow"))

    async def entries(self) -> Sequence[Shown]:
        return pooled.entries(await self.ask("entries"))

    async def breakers(self) -> Sequence[CircuitView]:
        return together(chain(*(await self.ask("breakers")).values()))

    # What it is told to do

    async def hold(self, name: str, state: State | None) -> bool:
        return any((await self.ask("hold", (name, state))).values())

    async def purge(self, purge: Purge) -> Mapping[str, bool]:
        answers = await self.ask("purge", purge)
        return pooled.purged(answers, self._members.ready)

    def drain(self) -> None:
        self.link.send(WantDrain())

    async def reload(self) -> Outcome:
        number = next(self._numbers)
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._reloads[number] = ended
        self.link.send(WantReload(number))
        try:
            return await ended
        finally:
            del self._reloads[number]

    async def ask(self, question: str, about: object = None) -> dict[str, Any]:
        """Ask all workers; their answers by name, less those that do not come."""
        number = next(self._numbers)
        asked = self._asked[number] = Question(self._members.ready)
        self.link.send(AskAll(number, question, about))
        try:
            return await asked.wait(PATIENCE)
        finally:
            del self._asked[number]

    async def listen(self) -> None:
        """Hear of the workers' numbers now and then: they may end any time."""
        while True:
            await asyncio.sleep(LISTEN)
            await self._snapshot()

    # What the parent says

    def told(self, message: ToDesk) -> None:
        match message:
            case News():
                self._heard(message)
            case Told(number, worker, content):
                if (asked := self._asked.get(number)) is not None:
                    asked.answered(worker, content)
            case Reloaded():
                self._reloaded(message)
            case Leave():
                self.leave.set()

    def orphaned(self) -> None:
        self.leave.set()

    def _heard(self, news: News) -> None:
        before, now = set(self._members.ready), set(news.members.ready)
        for name in now - before:
            self._totals.join(name, _label(name))
        for name in before - now:
            self._totals.retire(name)
            for asked in self._asked.values():
                asked.gone(name)
        self._members = news.members
        self._standing = news.standing

    def _reloaded(self, message: Reloaded) -> None:
        self.reloads = message.reloads
        if message.loaded is not None:
            self.loaded = message.loaded
            for told in self.on_reload:
                told(message.loaded)
        for number in message.numbers:
            ended = self._reloads.get(number)
            if ended is not None and not ended.done():
                ended.set_result(message.outcome)

    async def _snapshot(self) -> Snapshot:
        for name, lines in (await self.ask("numbers")).items():
            snapshot: Snapshot = {}
            for line in lines:
                add(snapshot, decode(line))
                await asyncio.sleep(0)
            self._totals.update(name, snapshot)
        return self._totals.merged()

    def _pids(self) -> Mapping[str, int]:
        return {_label(name): pid for name, pid in self._members.ready.items()}

    def _operation(self) -> Sequence[Row]:
        reloads = self.reloads
        return list(
            Operation(
                loaded=reloads.at,
                workers=len(self._members.ready),
                generation=reloads.generation,
                successful=reloads.successful,
                took=reloads.took,
                restarts=self._members.restarts,
                reloads=reloads.counts,
            ).rows()
        )


def _label(name: str) -> str:
    """What a worker is shown as: its successor takes that over."""
    return name.partition(".")[0]
