"""Setup: one configuration, made ready to serve by.

A reload makes another while the old one serves. Upstreams that nothing changed
for go on with their connections.
"""

import asyncio
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sidecar.coding.finest import affordable
from sidecar.config.load import Loaded
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.readiness import Rule
from sidecar.proxy.pipeline import Observer
from sidecar.proxy.refining import Refining
from sidecar.proxy.site import Site
from sidecar.server import assembly
from sidecar.server.caching import Caching
from sidecar.server.connections import Bounds
from sidecar.server.drain import Shutdown
from sidecar.server.entrance import ClientTimeouts
from sidecar.server.gate import Limits
from sidecar.server.instruments import Instruments
from sidecar.server.protection import Plan, Protection
from sidecar.server.renderings import Shop, remembers
from sidecar.telemetry.cgroup import cgroup
from sidecar.units import Bytes
from sidecar.upstream.upstream import Upstream

if TYPE_CHECKING:
    from collections.abc import Iterator


class CannotServe(Exception):
    """A configuration without mistakes cannot be served by; the text is for the user.

    A certificate or a key that it names cannot be used.
    """


@dataclass(frozen=True, slots=True)
class Setup:
    loaded: Loaded
    upstreams: Mapping[str, Upstream]
    site: Site
    observer: Observer
    limits: Limits
    timeouts: ClientTimeouts
    connections: Bounds
    shutdown: Shutdown
    rule: Rule
    plan: Plan
    remembers: Bytes


class Maker:
    """Makes setups for one worker. `pseudonym` is what the sidecar calls itself."""

    def __init__(
        self,
        deadlines: Deadlines,
        instruments: Instruments,
        pseudonym: bytes,
        protection: Protection,
        caching: Caching,
    ) -> None:
        self._caching = caching
        self._deadlines = deadlines
        self._instruments = instruments
        self._pseudonym = pseudonym
        self._protection = protection
        self.shop = Shop(instruments.pressure)
        self.refining = Refining(
            caching.store,
            instruments.pressure,
            instruments.metrics.lightness,
            affordable(cgroup().quota),
        )
        caching.refining = self.refining

    def make(
        self, loaded: Loaded, upstreams: Mapping[str, Upstream] | None = None
    ) -> Setup:
        """Raises CannotServe."""
        config = loaded.config
        with _usable():
            if upstreams is None:
                upstreams = assembly.upstreams(
                    config, self._deadlines, workers=self._protection.workers
                )
            plan = self._protection.plan(config)
            site = assembly.site(
                config,
                upstreams,
                self._instruments.metrics,
                self._pseudonym,
                plan.guards,
                replace(self.shop, kept=plan.kept),
            )
        return Setup(
            loaded=loaded,
            upstreams=upstreams,
            site=self._caching.applied(site, config, plan.proven),
            observer=self._instruments.observer(config),
            limits=assembly.limits(config.limits),
            timeouts=assembly.client_timeouts(config),
            connections=assembly.connection_bounds(config.limits),
            shutdown=Shutdown(config.shutdown.grace, config.shutdown.timeout),
            rule=Rule(config.health.readiness),
            plan=plan,
            remembers=remembers(config.routes),
        )

    async def make_beside(self, loaded: Loaded, running: Setup) -> Setup:
        """The same while the loop serves: what takes long is done in a thread."""
        with _usable():
            upstreams = assembly.upstreams(
                loaded.config,
                self._deadlines,
                running.upstreams,
                self._protection.workers,
            )
        return await asyncio.to_thread(self.make, loaded, upstreams)


@contextmanager
def _usable() -> "Iterator[None]":
    try:
        yield
    except (OSError, ValueError) as error:
        raise CannotServe(str(error)) from error
