"""Offspring: a worker in a process of its own, told what to do by its parent.

Signals that terminals and service managers send to a whole group are the parent's
to hear; it says what they mean. When the parent is gone the worker ends.
"""

import asyncio
import pickle
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack
from functools import partial
from socket import socket
from typing import TYPE_CHECKING, cast

from sidecar.server.allocator import keep_room
from sidecar.server.commons import Commons
from sidecar.server.estate import Estate
from sidecar.server.instruments import instruments
from sidecar.server.link import ChildLink
from sidecar.server.loop import loop_factory
from sidecar.server.messages import (
    Answer,
    Ask,
    Commit,
    Committed,
    Discard,
    Draining,
    Failed,
    Hurry,
    Leave,
    Prepare,
    Prepared,
    Ready,
    Scarce,
    Standing,
    ToWorker,
)
from sidecar.server.present import Present
from sidecar.server.setup import CannotServe, Setup
from sidecar.server.worker import Worker
from sidecar.storage.listing import MOST_SHOWN
from sidecar.telemetry.snapshot import batches, encode

if TYPE_CHECKING:
    from sidecar.policy.circuit import State
    from sidecar.policy.readiness import UpstreamState
    from sidecar.storage.store import Purge

FAILED = 1

Respond = Callable[[object], Awaitable[object]]
"""Answers one kind of question."""


def live(estate: Estate, slot: int, sock: socket) -> int:
    """Serve until told to leave; the exit status."""
    for other in estate.opened.others:
        other.close()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        return runner.run(_live(estate, slot, sock))


async def _live(estate: Estate, slot: int, sock: socket) -> int:
    gauges = instruments(estate.loaded.config)
    offspring = Offspring()
    link = await ChildLink.over(sock, offspring.told, offspring.orphaned)
    try:
        elsewhere = partial(Present, estate.shares.users, slot)
        commons = Commons(estate.grounds, estate.workers, estate.secret, elsewhere)
        worker = Worker(estate.loaded, gauges, estate.pseudonym, commons)
        keep_room()
        offspring.begin(worker, link)
        async with AsyncExitStack() as stack:
            worker.each_tick.append(lambda: estate.heartbeats.beat(slot))
            worker.each_tick.append(offspring.look)
            worker.share(estate.shares, slot)
            worker.relief.replace = partial(link.send, Scarce())
            await worker.start(estate.opened.clients, stack)
            link.send(Ready())
            leave = await offspring.leave
            await worker.leave(grace=leave.grace)
    except (CannotServe, OSError) as error:
        link.send(Failed(str(error)))
        return FAILED
    finally:
        await link.close()
        gauges.close()
    return 0


class Offspring:
    """What the parent says, carried out."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.leave: asyncio.Future[Leave] = loop.create_future()
        self._worker: Worker
        self._link: ChildLink
        self._standing: tuple[UpstreamState, ...] = ()
        self._setups: dict[int, Setup] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._responses: Mapping[str, Respond] = {}

    def begin(self, worker: Worker, link: ChildLink) -> None:
        self._worker = worker
        self._link = link
        self._responses = responses(worker)

    def look(self) -> None:
        """Tell the parent when the upstreams are not as they were."""
        standing = self._worker.standing()
        if standing != self._standing:
            self._standing = standing
            self._link.send(Standing(standing))

    def orphaned(self) -> None:
        if not self.leave.done():
            self.leave.set_result(Leave(grace=False))

    def told(self, message: ToWorker) -> None:
        match message:
            case Prepare():
                self._do(self._prepare(message))
            case Commit(attempt):
                self._worker.commit(self._setups.pop(attempt))
                self._link.send(Committed(attempt))
            case Discard(attempt):
                if (setup := self._setups.pop(attempt, None)) is not None:
                    self._worker.discard(setup)
            case Draining():
                self._worker.drain.begin()
            case Leave():
                if not self.leave.done():
                    self.leave.set_result(message)
            case Hurry():
                self._worker.drain.hurry()
            case Ask():
                self._do(self._answer(message))

    def _do(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: "asyncio.Task[None]") -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            self._worker.report(error)

    async def _prepare(self, message: Prepare) -> None:
        fault = ""
        try:
            loaded = await asyncio.to_thread(pickle.loads, message.loaded)
            self._setups[message.attempt] = await self._worker.prepare(loaded)
        except CannotServe as error:
            fault = str(error)
        # A defect of ours leaves what is in effect in effect.
        except Exception as error:  # noqa: BLE001
            self._worker.report(error)
            fault = f"{type(error).__name__} in a worker"
        for attempt in [one for one in self._setups if one < message.attempt]:
            # Given up while we were at it.
            self._worker.discard(self._setups.pop(attempt))
        self._link.send(Prepared(message.attempt, fault))

    async def _answer(self, ask: Ask) -> None:
        content = await self._responses[ask.question](ask.about)
        self._link.send(Answer(ask.number, content))


def responses(worker: Worker) -> Mapping[str, Respond]:
    """The questions that a worker answers."""

    async def slow(_: object) -> object:
        return worker.slowest()

    async def numbers(_: object) -> object:
        return [encode(rows) async for rows in batches(worker.readings())]

    async def entries(_: object) -> object:
        return worker.stores.shown(MOST_SHOWN)

    async def purge(about: object) -> object:
        return await worker.stores.tiers.purge_all(cast("Purge", about))

    async def breakers(_: object) -> object:
        return worker.protection.circuits.views()

    async def hold(about: object) -> object:
        name, state = cast("tuple[str, State | None]", about)
        return worker.protection.circuits.force(name, state)

    return {
        "slow": slow,
        "numbers": numbers,
        "entries": entries,
        "purge": purge,
        "breakers": breakers,
        "hold": hold,
    }
