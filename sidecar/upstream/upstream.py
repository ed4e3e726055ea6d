"""Upstream: a named set of endpoints, and the one place to get a connection from."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias, cast

from sidecar.errors import PoolExhausted, UpstreamFailed
from sidecar.policy.deadlines import Deadlines
from sidecar.units import Instant, Seconds
from sidecar.upstream.balance import (
    Balance,
    Chance,
    least_requests,
    round_robin,
    willing,
)
from sidecar.upstream.checks import Checks, HealthCheck
from sidecar.upstream.connection import Connection
from sidecar.upstream.dial import Dialer
from sidecar.upstream.endpoint import Address, Endpoint
from sidecar.upstream.lifetime import Lifetime
from sidecar.upstream.outliers import compare
from sidecar.upstream.pool import Line, Pool, Pooled
from sidecar.upstream.resolve import Fixed, Lookup, Resolver, lookup
from sidecar.upstream.tls import Tls, context
from sidecar.upstream.turn import Turn


@dataclass(frozen=True, slots=True)
class Settings:
    name: str
    addresses: tuple[Address, ...]
    balance: str = Balance.LEAST_REQUESTS
    connections: int = 256
    """Open connections to one endpoint."""
    keepalive: Seconds = 4.0
    max_age: Seconds = 300.0
    tls: Tls | None = None
    health: HealthCheck | None = None


Grant: TypeAlias = tuple[Endpoint, Pooled | None]


class Upstream:
    def __init__(
        self,
        settings: Settings,
        deadlines: Deadlines,
        *,
        chance: Chance = random.random,
        lookup: Lookup = lookup,
    ) -> None:
        self.name = settings.name
        self.settings = settings
        self._deadlines = deadlines
        self._chance = chance
        self._turn = 0
        self._in_turn = settings.balance == Balance.ROUND_ROBIN
        self._line = Line()
        self._clock = asyncio.get_running_loop().time
        tls = settings.tls or Tls()
        self._dialer = Dialer(
            Lifetime(settings.keepalive, settings.max_age),
            deadlines,
            context(tls) if any(one.tls for one in settings.addresses) else None,
            tls.server_name,
        )
        self.endpoints = [
            self._endpoint(address, settings.connections, lookup)
            for address in settings.addresses
        ]
        compare(self.endpoints)
        check = settings.health
        self._checks = [
            Checks(check, endpoint, self._dialer)
            for endpoint in self.endpoints
            if check is not None
        ]

    @property
    def contacted(self) -> bool:
        """A connection succeeded at least once."""
        return any(one.contacted for one in self.endpoints)

    @property
    def failing_since(self) -> Instant | None:
        """Since when no endpoint can be connected to; None while one can."""
        since = [one.failing_since for one in self.endpoints]
        failing = [one for one in since if one is not None]
        return max(failing) if failing and len(failing) == len(since) else None

    @property
    def last_error(self) -> str | None:
        """What the last connection to one of the failing endpoints failed with."""
        return next((one.last_error for one in self.endpoints if one.last_error), None)

    def counts(self) -> Mapping[str, int]:
        """Connections by state; those that wait for one are requests."""
        pools = [one.pool for one in self.endpoints]
        return {
            "idle": sum(pool.idle for pool in pools),
            "active": sum(pool.active for pool in pools),
            "connecting": sum(pool.opening for pool in pools),
            "waiting": len(self._line),
        }

    def idle(self, *, sure: bool = False) -> Connection | None:
        """A pooled connection of the endpoint whose turn it is, if there is one.

        `sure`: look again that it has not ended, at the price of a system call; for
        what cannot be sent a second time.
        """
        now = Instant(self._clock())
        endpoint = self._pick(self.endpoints, now)
        while (pooled := endpoint.pool.take(now)) is not None:
            connection = cast("Connection", pooled)
            if connection.taken(sure=sure):
                self._turn += 1
                return connection
        return None

    async def acquire(
        self,
        *,
        connect: Seconds,
        due: Instant,
        fresh: bool = False,
        sure: bool = False,
    ) -> Connection:
        """Return a connection; `fresh`: one that was never used before.

        `sure`: as for `idle`.

        Raises:
            PoolExhausted: none became free before `due`, or there is nothing left
                to connect with.
            NameNotResolved, ConnectionRefused, ConnectTimedOut, TlsFailed
        """
        began = self._clock()
        while True:
            endpoint, pooled = self._grant(fresh=fresh) or await self._wait(due)
            queued = self._clock() - began
            if pooled is not None and fresh:
                endpoint.pool.exchange(pooled)
                pooled = None
            if pooled is None:
                connection = await self._dial(endpoint, connect)
                connection.queue_time = queued
                return connection
            connection = cast("Connection", pooled)
            if connection.taken(sure=sure, queue_time=queued):
                return connection

    async def close(self) -> None:
        """Close what is idle; what is taken closes when it is given back."""
        self._stop_checks()
        for check in self._checks:
            await check.ended()
        for endpoint in self.endpoints:
            endpoint.pool.close()
            endpoint.resolver.close()

    def retire(self) -> None:
        """Close like `close`, when the last of those who ask here are done."""
        self._stop_checks()
        for endpoint in self.endpoints:
            endpoint.pool.close()
            endpoint.resolver.retire()

    def _stop_checks(self) -> None:
        for check in self._checks:
            check.stop()

    def _endpoint(self, address: Address, limit: int, lookup: Lookup) -> Endpoint:
        pool = Pool(limit, self._line)
        if address.is_literal:
            return Endpoint(address, pool, Fixed(address.host))
        resolver = Resolver(
            address.host, address.port, self._deadlines, pool.retire, lookup=lookup
        )
        return Endpoint(address, pool, resolver)

    def _pick(self, endpoints: list[Endpoint], now: Instant) -> Endpoint:
        if len(endpoints) == 1:
            return endpoints[0]
        able = willing(endpoints, now)
        if self._in_turn:
            return round_robin(able, self._turn)
        return least_requests(able, self._chance)

    def _grant(self, *, fresh: bool) -> Grant | None:
        """A connection or a slot, unless others wait already or none is free."""
        able = [one for one in self.endpoints if one.pool.has_room]
        if not able or self._line:
            return None
        now = Instant(self._clock())
        endpoint = self._pick(able, now)
        self._turn += 1
        pooled = None if fresh else endpoint.pool.take(now)
        if pooled is None:
            endpoint.pool.reserve()
        return endpoint, pooled

    async def _wait(self, due: Instant) -> Grant:
        turn = Turn(due)
        self._line.join(turn)
        self._deadlines.watch(turn)
        try:
            pool, pooled = await turn.ended
        except asyncio.CancelledError:
            turn.give_back()
            raise
        finally:
            self._line.leave(turn)
            self._deadlines.forget(turn)
        return next(one for one in self.endpoints if one.pool is pool), pooled

    async def _dial(self, endpoint: Endpoint, within: Seconds) -> Connection:
        """Use the reserved slot; where that fails, try the other endpoints."""
        began = self._clock()
        others = [one for one in self.endpoints if one is not endpoint]
        while True:
            try:
                left = began + within - self._clock()
                connection = await self._dialer.dial(endpoint, left)
            except PoolExhausted:  # by ourselves: that says nothing of the endpoint
                endpoint.pool.abandoned()
                raise
            except UpstreamFailed as error:
                now = Instant(self._clock())
                endpoint.failed(error, now)
                endpoint.pool.abandoned()
                others = [one for one in others if one.pool.has_room]
                if not others or now >= began + within:
                    raise
            except BaseException:
                endpoint.pool.abandoned()
                raise
            else:
                endpoint.succeeded()
                endpoint.pool.opened()
                connection.opened(self._clock() - began)
                return connection
            endpoint = self._pick(others, now)
            others.remove(endpoint)
            endpoint.pool.reserve()
