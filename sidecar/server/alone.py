"""Alone: `workers: 1`, one process that serves, is watched, and reloads.

A reload reads the file and makes ready what it says in a thread, so that the loop
goes on serving meanwhile.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from sidecar import __version__
from sidecar.config.load import Loaded
from sidecar.policy.circuit import State
from sidecar.policy.readiness import UpstreamState
from sidecar.proxy.circuit_view import CircuitView
from sidecar.server import assembly
from sidecar.server.administered import health
from sidecar.server.allocator import keep_room
from sidecar.server.forking import reap
from sidecar.server.health_door import serving
from sidecar.server.instruments import instruments
from sidecar.server.launch import Launch
from sidecar.server.loop import loop_factory
from sidecar.server.on_call import admin, on_call
from sidecar.server.reload_log import tell
from sidecar.server.reloads import Outcome, Proposal, Reloads, Result, proposal
from sidecar.server.setup import CannotServe
from sidecar.server.worker import Worker
from sidecar.storage.listing import MOST_SHOWN, Shown
from sidecar.storage.store import Purge
from sidecar.telemetry.cgroup import cgroup
from sidecar.telemetry.gathering import ALONE, Gathering, alone
from sidecar.telemetry.log import Log
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.snapshot import Row
from sidecar.telemetry.throttling import limited
from sidecar.units import Seconds, Timestamp


def run(launch: Launch) -> int:
    """Serve until told to stop; the exit status."""
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(launch))
    return 0


async def _serve(launch: Launch) -> None:
    gauges = instruments(launch.loaded.config)
    try:
        worker = Worker(launch.loaded, gauges, assembly.pseudonym())
        keep_room()
        sidecar = Alone(worker, launch, gauges.log)
        async with AsyncExitStack() as stack:
            await worker.start(launch.opened.clients, stack)
            await stack.enter_async_context(
                serving(health(sidecar), launch.opened.health)
            )
            await stack.enter_async_context(
                on_call(admin, sidecar, launch.opened.admin)
            )
            sidecar.listen_to_signals(stack)
            sys.stderr.write(launch.opened.ready_line)
            sys.stderr.flush()
            number = await sidecar.stop
            # On a terminal nobody watches our readiness.
            await worker.leave(grace=number == signal.SIGTERM)
    finally:
        gauges.close()


class Alone:
    """`server.administered.Administered` of a sidecar that is one process."""

    def __init__(self, worker: Worker, launch: Launch, log: Log) -> None:
        loop = asyncio.get_running_loop()
        self.stop: asyncio.Future[signal.Signals] = loop.create_future()
        self.on_reload: list[Callable[[Loaded], None]] = []
        self.reloads = Reloads(Timestamp(time.time()))
        self._worker = worker
        self._read = launch.read
        self._watch = launch.watch
        self._log = log
        self._next: asyncio.Future[Outcome] | None = None
        self._reloading: asyncio.Task[None] | None = None
        self.gather = Gathering(
            alone(worker.readings()),
            (
                self._operation,
                limited(cgroup().stat),
                Processes(lambda: {ALONE: os.getpid()}, version=__version__).rows,
            ),
        )

    # What it is shown as

    @property
    def loaded(self) -> Loaded:
        return self._worker.setup.loaded

    def started(self) -> bool:
        return self._worker.started

    def draining(self) -> bool:
        return self._worker.drain.draining

    def uptime(self) -> Seconds:
        return self._worker.uptime

    def heartbeats(self) -> Mapping[str, Seconds]:
        return {ALONE: self._worker.lateness}

    def upstreams(self) -> Sequence[UpstreamState]:
        return self._worker.standing()

    async def slow(self) -> Sequence[SlowRequest]:
        return self._worker.slowest()

    async def entries(self) -> Sequence[Shown]:
        return self._worker.stores.shown(MOST_SHOWN)

    async def breakers(self) -> Sequence[CircuitView]:
        return self._worker.protection.circuits.views()

    # What it is told

    async def hold(self, name: str, state: State | None) -> bool:
        return self._worker.protection.circuits.force(name, state)

    async def purge(self, purge: Purge) -> Mapping[str, bool]:
        return await self._worker.stores.tiers.purge_all(purge)

    def drain(self) -> None:
        self._worker.drain.begin()

    def listen_to_signals(self, stack: AsyncExitStack) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.signalled, number)
        loop.add_signal_handler(signal.SIGHUP, self._want)
        # Process 1 of a container adopts what others leave behind. The loop takes no
        # handler for this signal, and wakes up for it all the same.
        before = signal.signal(signal.SIGCHLD, lambda *_: reap())
        stack.callback(signal.signal, signal.SIGCHLD, before)
        reap()
        watching = loop.create_task(self._watched())
        stack.callback(watching.cancel)

    def signalled(self, number: signal.Signals) -> None:
        if self.stop.done():
            self._worker.drain.hurry()
        else:
            self.stop.set_result(number)

    async def reload(self) -> Outcome:
        """Reload; who asks while one goes on is answered by the next."""
        return await asyncio.shield(self._want())

    def _want(self) -> asyncio.Future[Outcome]:
        loop = asyncio.get_running_loop()
        if self._next is None:
            self._next = loop.create_future()
        if self._reloading is None or self._reloading.done():
            self._reloading = loop.create_task(self._reload())
        return self._next

    async def _reload(self) -> None:
        while self._next is not None:
            wanted, self._next = self._next, None
            began = time.monotonic()
            outcome = await self._reloaded()
            took = time.monotonic() - began
            self.reloads = self.reloads.then(outcome, Timestamp(time.time()), took)
            tell(self._log, outcome, self.loaded, workers=1)
            wanted.set_result(outcome)

    async def _reloaded(self) -> Outcome:
        running, generation = self.loaded, self.reloads.generation
        try:
            found = await asyncio.to_thread(proposal, self._read, running, generation)
            if not isinstance(found, Proposal):
                return found
            setup = await self._worker.prepare(found.loaded)
        except CannotServe as error:
            return Outcome(Result.FAILED, generation, why=str(error))
        # A defect of ours, or no thread, leaves what is in effect in effect.
        except Exception as error:  # noqa: BLE001
            self._worker.report(error)
            return Outcome(Result.FAILED, generation, why=type(error).__name__)
        self._worker.commit(setup)
        for told in self.on_reload:
            told(found.loaded)
        return found.success

    async def _watched(self) -> None:
        """Reload when the file's content is another."""
        while True:
            await asyncio.sleep(self._watch.pause)
            try:
                changed = await asyncio.to_thread(self._watch.changed)
            except RuntimeError:
                continue  # there is no thread now, and will be one
            if changed:
                self._want()

    def _operation(self) -> Sequence[Row]:
        reloads = self.reloads
        return list(
            Operation(
                loaded=reloads.at,
                generation=reloads.generation,
                successful=reloads.successful,
                took=reloads.took,
                reloads=reloads.counts,
            ).rows()
        )
