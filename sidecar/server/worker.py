"""Worker: one event loop that serves, from open sockets to the last answer.

    assemble ─▶ start ─▶ serve ─▶ leave (drain)
                           └─ prepare ─▶ commit: another configuration

Everything is made here once and owned here; nothing is global. Whose process it
is, and who tells it to leave, is `server.alone`'s or `server.offspring`'s.
"""

import asyncio
import gc
import traceback
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from socket import socket

from sidecar.config.load import Loaded
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.readiness import UpstreamState
from sidecar.proxy.clock import Clock
from sidecar.proxy.pipeline import Pipeline
from sidecar.server.caching import Caching
from sidecar.server.commons import Commons
from sidecar.server.connections import Connections
from sidecar.server.contact import Contact, state
from sidecar.server.doors import door
from sidecar.server.doorway import Doorway
from sidecar.server.drain import Drain
from sidecar.server.entrance import Entrance
from sidecar.server.instruments import Instruments, thresholds
from sidecar.server.key_sets import KeySets
from sidecar.server.loop import once_looked
from sidecar.server.memory_relief import MemoryRelief
from sidecar.server.overload import OVERLOAD
from sidecar.server.protection import TICK, Protection
from sidecar.server.setup import Maker, Setup
from sidecar.server.shares import Share, Shares
from sidecar.server.signs import Signs
from sidecar.server.stores import Stores
from sidecar.telemetry.readings import Sources
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.snapshot import Reading
from sidecar.telemetry.watchdog import Watchdog
from sidecar.units import Instant, Seconds

# Requests make no cycles: the collector has little to find, and looks seldom.
GC_THRESHOLDS = (50_000, 20, 100)


class Worker:
    def __init__(
        self,
        loaded: Loaded,
        gauges: Instruments,
        pseudonym: bytes,
        commons: Commons | None = None,
    ) -> None:
        self._gauges, self._commons = gauges, commons or Commons()
        self._clock = Clock()
        self._began, self._met = self._clock.now(), False
        self._deadlines = Deadlines()
        self.stores = Stores(
            loaded.config.store, self._clock, gauges.log, self._commons
        )
        common = self._commons.common(self.stores.pods)
        signs = Signs(gauges.metrics, gauges.log, gauges.pressure)
        self.protection = Protection(signs, self._clock, self._deadlines, common)
        caching = Caching(
            self.stores.tiers, gauges.metrics.cache, self._clock, self.stores.leases
        )
        self._maker = Maker(
            self._deadlines, gauges, pseudonym, self.protection, caching
        )
        self.setup = self._maker.make(loaded)
        self.protection.use(self.setup.plan)
        self._maker.shop.remembered.bound(self.setup.remembers)
        self._entrance = Entrance(
            limits=self.setup.limits,
            timeouts=self.setup.timeouts,
            connections=Connections(self.setup.connections),
            deadlines=self._deadlines,
            clock=self._clock,
            overload=OVERLOAD,
        )
        setup = self.setup
        self.relief = MemoryRelief(
            self._commons.memory_share(loaded.config.memory, gauges.log),
            gauges.pressure,
            self.stores.tiers.memory,
            self._entrance,
        )
        self.relief.forget = self._maker.shop.remembered.clear
        self.drain = Drain(setup.shutdown, self._entrance, self._clock)
        self._pipeline = Pipeline(
            setup.site, setup.observer, self._clock, self._deadlines, self.report
        )
        self._key_sets = KeySets(self._clock.now, gauges.log)
        self._doorway: Doorway | None = None
        self._knocking: asyncio.Task[None] | None = None
        self.each_tick: list[Callable[[], None]] = []
        """Called ten times a second."""
        self._sources = Sources(
            active_connections=self._entrance.connections.__len__,
            connections=lambda: self._entrance.connections.accepted,
            refused=lambda: self._entrance.connections.refused,
            upstreams=lambda: {
                name: one.counts() for name, one in self.setup.upstreams.items()
            },
            access_log_dropped=lambda: gauges.access_lines.dropped,
            loop_lag=lambda: gauges.lag.lag,
        )

    @property
    def started(self) -> bool:
        return self._doorway is not None and self._doorway.is_open

    @property
    def lateness(self) -> Seconds:
        """Seconds since the loop last turned."""
        return self._gauges.lag.age

    @property
    def uptime(self) -> Seconds:
        return self._clock.now() - self._began

    async def start(self, sockets: Sequence[socket], stack: AsyncExitStack) -> None:
        """Accept connections; `stack` undoes what was started."""
        stack.push_async_callback(self._close)
        self.stores.start()
        stack.callback(self._maker.shop.workshop.close)
        stack.callback(self._maker.refining.close)
        self._tick()
        self._gauges.lag.start()
        watchdog = Watchdog(lambda: self._gauges.lag.age, self._gauges.log)
        watchdog.start()
        stack.callback(watchdog.stop)
        self._knock()
        opens = door(self.setup.loaded.config.engine)
        self._doorway = Doorway(sockets, opens(self._entrance, self._pipeline))
        await self._doorway.open()
        gc.collect()
        gc.freeze()
        gc.set_threshold(*GC_THRESHOLDS)

    async def leave(self, *, grace: bool) -> None:
        """Return when everything is answered. `grace`: readiness is watched."""
        doorway = self._doorway
        await self.drain.run([doorway] if doorway else [], grace=grace)

    def share(self, shares: Shares, slot: int) -> None:
        """Leave connections to other workers where we have more than they."""
        self._entrance.connections.elsewhere = Share(shares, slot, self._look_away)

    async def prepare(self, loaded: Loaded) -> Setup:
        """Make ready to serve by another configuration; nothing changes yet.

        Raises:
            CannotServe: a certificate or key cannot be used.
        """
        return await self._maker.make_beside(loaded, self.setup)

    def commit(self, setup: Setup) -> None:
        """Serve by what was prepared: requests that begin now, on any connection."""
        before, self.setup = self.setup, setup
        self.protection.use(setup.plan)
        self._maker.shop.remembered.bound(setup.remembers)
        self._pipeline.use(setup.site, setup.observer)
        self._entrance.limits = setup.limits
        self._entrance.timeouts = setup.timeouts
        self._entrance.connections.bounds = setup.connections
        self.drain.use(setup.shutdown)
        self._gauges.slow.use(thresholds(setup.loaded.config))
        self._knock()
        for name, upstream in before.upstreams.items():
            if setup.upstreams.get(name) is not upstream:
                upstream.retire()

    def discard(self, setup: Setup) -> None:
        """Forget what was prepared."""
        for name, upstream in setup.upstreams.items():
            if self.setup.upstreams.get(name) is not upstream:
                upstream.retire()

    def standing(self) -> tuple[UpstreamState, ...]:
        """How the upstreams are found.

        Contact is waited for at the start only: what a reload brings in must not
        take away the readiness that there was.
        """
        upstreams = self.setup.upstreams.values()
        self._met = self._met or all(one.contacted for one in upstreams)
        return tuple(state(one, met=self._met) for one in upstreams)

    def readings(self) -> tuple[Reading, ...]:
        """What this worker counts and holds."""
        own = self._sources.rows, self.stores.rows, self._commons.rows
        return *self._gauges.readings(), *own, self._maker.shop.remembered.rows

    def slowest(self) -> list[SlowRequest]:
        return self._gauges.slow.slowest()

    def report(self, error: BaseException) -> None:
        """Log a defect of ours."""
        lines = traceback.format_exception(error)
        self._gauges.log.error("defect", traceback="".join(lines))

    def _look_away(self) -> None:
        if self._doorway is not None:
            self._doorway.look_away()

    def _knock(self) -> None:
        """Make contact with all that the configuration in effect needs."""
        self._key_sets.use(self.setup.plan.key_sets)
        if self._knocking is not None:
            self._knocking.cancel()
        setup = self.setup
        contact = Contact(
            setup.upstreams.values(), setup.rule, self._clock, self._gauges.log
        )
        self._knocking = asyncio.get_running_loop().create_task(contact.run())
        self._knocking.add_done_callback(self._knocked)

    def _knocked(self, knocking: asyncio.Task[None]) -> None:
        if not knocking.cancelled() and (error := knocking.exception()):
            self.report(error)

    def _tick(self) -> None:
        asyncio.get_running_loop().call_later(TICK, self._tick)
        for call in self.each_tick:
            call()
        now = self._clock.now()
        self._commons.tick(now)
        once_looked(lambda: self._judge(now))

    def _judge(self, now: Instant) -> None:
        try:
            for one in (self._deadlines.sweep, self.protection.tick, self.relief.tick):
                one(now)
        # A defect in one deadline must not end all others.
        except Exception as error:  # noqa: BLE001
            self.report(error)

    async def _close(self) -> None:
        self._key_sets.stop()
        if self._knocking is not None:
            self._knocking.cancel()
        for upstream in self.setup.upstreams.values():
            await upstream.close()
        await self.stores.close()
        self._commons.close()
