"""Worker: one event loop that serves, from open sockets to the last answer.

    assemble ─▶ listen ─▶ ready ─▶ (signal) ─▶ drain ─▶ flush ─▶ exit status

Everything is made here once and owned here; nothing is global.
"""

import asyncio
import gc
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import partial

from aiohttp import web

from sidecar import __version__
from sidecar.config.addresses import Listen
from sidecar.config.load import Loaded
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.readiness import Rule
from sidecar.proxy.clock import Clock
from sidecar.proxy.pipeline import Pipeline
from sidecar.server import assembly, listeners
from sidecar.server.contact import Contact
from sidecar.server.drain import Drain, Shutdown
from sidecar.server.entrance import Entrance
from sidecar.server.express_door import ExpressDoor
from sidecar.server.insight import Seen, admin, health
from sidecar.server.instruments import Instruments, instruments
from sidecar.server.overload import OVERLOAD
from sidecar.server.reference import ReferenceDoor
from sidecar.telemetry.cgroup import cgroup
from sidecar.telemetry.gathering import ALONE, Gathering, alone
from sidecar.telemetry.operation import Operation
from sidecar.telemetry.processes import Processes
from sidecar.telemetry.readings import Sources, counted
from sidecar.telemetry.snapshot import Reading
from sidecar.telemetry.throttling import limited
from sidecar.telemetry.watchdog import Watchdog
from sidecar.units import Instant, Seconds, Timestamp

# How late a deadline may be noticed.
TICK: Seconds = 0.1
# Requests make no cycles: the collector has little to find, and looks seldom.
GC_THRESHOLDS = (50_000, 20, 100)
FAILED = 1

DOORS: Mapping[str, Callable[[Entrance, Pipeline], listeners.Door]] = {
    "express": ExpressDoor,
    "aiohttp": ReferenceDoor,
}


def run(loaded: Loaded) -> int:
    """Serve until told to stop; the exit status."""
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        try:
            runner.run(_serve(loaded))
        except (listeners.CannotListen, OSError) as error:
            sys.stderr.write(f"sidecar: {error}\n")
            return FAILED
    return 0


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        sys.stderr.write("sidecar: uvloop is missing; asyncio's loop is slower\n")
        return None
    return uvloop.new_event_loop


async def _serve(loaded: Loaded) -> None:
    config = loaded.config
    sockets = [listeners.open_socket(address) for address in config.listen]
    others = [
        listeners.open_socket(address)
        for address in (config.health.listen, config.admin.listen)
    ]
    gauges = instruments(config)
    worker = Worker(loaded, gauges)
    try:
        async with AsyncExitStack() as stack:
            await worker.start(sockets, stack)
            for app, one in zip(worker.apps(), others, strict=True):
                await stack.enter_async_context(listeners.serving(app, one))
            _announce(*map(listeners.bound, (*sockets, *others)))
            await worker.serve()
    finally:
        gauges.close()


class Worker:
    def __init__(self, loaded: Loaded, gauges: Instruments) -> None:
        config = loaded.config
        self._loaded = loaded
        self._gauges = gauges
        self._clock = Clock()
        self._began = self._clock.now()
        self._deadlines = Deadlines()
        self._connections = assembly.connections(config.limits)
        self._upstreams = assembly.upstreams(config, self._deadlines)
        self._entrance = Entrance(
            limits=assembly.limits(config.limits),
            timeouts=assembly.client_timeouts(config),
            connections=self._connections,
            deadlines=self._deadlines,
            clock=self._clock,
            overload=OVERLOAD,
        )
        self._drain = Drain(
            Shutdown(config.shutdown.grace, config.shutdown.timeout),
            self._entrance,
            self._clock,
        )
        self._servers: Sequence[asyncio.Server] = ()
        self._stop: asyncio.Future[signal.Signals]
        self._stop = asyncio.get_running_loop().create_future()
        self._sources = Sources(
            active_connections=self._connections.__len__,
            connections=lambda: self._connections.accepted,
            refused=lambda: self._connections.refused,
            upstreams=self._counts,
            access_log_dropped=lambda: gauges.access_lines.dropped,
            loop_lag=lambda: gauges.lag.lag,
        )

    async def start(
        self, sockets: Sequence[socket.socket], stack: AsyncExitStack
    ) -> None:
        """Accept connections; `stack` undoes what was started."""
        loop = asyncio.get_running_loop()
        pipeline = Pipeline(
            assembly.site(self._loaded.config, self._upstreams, self._gauges.metrics),
            self._gauges.observer,
            self._clock,
            self._deadlines,
            self._report,
        )
        for upstream in self._upstreams.values():
            stack.push_async_callback(upstream.close)
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)
        self._tick()
        self._gauges.lag.start()
        watchdog = Watchdog(lambda: self._gauges.lag.age, self._gauges.log)
        watchdog.start()
        stack.callback(watchdog.stop)
        rule = Rule(self._loaded.config.health.readiness)
        contact = Contact(self._upstreams.values(), rule, self._clock, self._gauges.log)
        knocking = loop.create_task(contact.run())
        knocking.add_done_callback(self._knocked)
        stack.callback(knocking.cancel)
        door = DOORS[self._loaded.config.engine](self._entrance, pipeline)
        self._servers = await listeners.serve(sockets, door)
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    async def serve(self) -> None:
        """Return when a signal has come and everything is answered."""
        number = await self._stop
        # On a terminal nobody watches our readiness.
        await self._drain.run(self._servers, grace=number == signal.SIGTERM)

    def readings(self) -> tuple[Reading, ...]:
        """What this worker counts and holds."""
        return partial(counted, self._gauges.metrics), self._sources.rows

    def apps(self) -> tuple[web.Application, web.Application]:
        """What the health and the admin listener serve."""
        seen = Seen(
            loaded=self._loaded,
            instruments=self._gauges,
            gather=Gathering(
                alone(self.readings()),
                (
                    Operation(Timestamp(time.time() - self._uptime())).rows,
                    limited(cgroup().stat),
                    Processes(lambda: {ALONE: os.getpid()}, version=__version__).rows,
                ),
            ),
            upstreams=tuple(self._upstreams.values()),
            drain=self._drain,
            started=lambda: bool(self._servers),
            uptime=self._uptime,
        )
        return health(seen), admin(seen)

    def _uptime(self) -> Seconds:
        return self._clock.now() - self._began

    def _counts(self) -> Mapping[str, Mapping[str, int]]:
        return {name: one.counts() for name, one in self._upstreams.items()}

    def _tick(self) -> None:
        asyncio.get_running_loop().call_later(TICK, self._tick)
        try:
            self._deadlines.sweep(Instant(self._clock.now()))
        # A defect in one deadline must not end all others.
        except Exception as error:  # noqa: BLE001
            self._report(error)

    def _signalled(self, number: signal.Signals) -> None:
        if self._stop.done():
            self._drain.hurry()
        else:
            self._stop.set_result(number)

    def _knocked(self, knocking: asyncio.Task[None]) -> None:
        if not knocking.cancelled() and (error := knocking.exception()):
            self._report(error)

    def _report(self, error: BaseException) -> None:
        lines = traceback.format_exception(error)
        self._gauges.log.error("defect", traceback="".join(lines))


def _announce(*addresses: Listen) -> None:
    *clients, health, admin = map(listeners.url, addresses)
    sys.stderr.write(
        f"sidecar ready on {', '.join(clients)} (health {health}, admin {admin})\n"
    )
    sys.stderr.flush()
