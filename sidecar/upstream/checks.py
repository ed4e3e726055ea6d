"""Checks: asks an endpoint how it is, again and again, and leaves it out if unwell.

On a connection of its own each time, as a new client would: a kept one says little of
an application that accepts nobody any more.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from sidecar.errors import ConnectionLost, PoolExhausted, UpstreamFailed
from sidecar.policy.health import Health
from sidecar.units import Instant, Seconds
from sidecar.upstream.dial import Dialer
from sidecar.upstream.endpoint import Endpoint


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """`statuses` are those of a good answer."""

    path: bytes
    interval: Seconds = 5.0
    timeout: Seconds = 1.0
    healthy: int = 2
    unhealthy: int = 3
    statuses: range = range(200, 400)


class Checks:
    """Of one endpoint, as long as the task lives."""

    def __init__(self, check: HealthCheck, endpoint: Endpoint, dialer: Dialer) -> None:
        self._check = check
        self._endpoint = endpoint
        self._dialer = dialer
        self._health = Health(healthy=check.healthy, unhealthy=check.unhealthy)
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        self._task.cancel()

    async def ended(self) -> None:
        """Return when nothing of it is left."""
        await asyncio.wait((self._task,))

    async def _run(self) -> None:
        while True:
            # Where all connections are taken it is at work, or hangs: nobody knows.
            if self._endpoint.pool.has_room:
                with suppress(PoolExhausted):
                    self._note(await self._fault())
            await asyncio.sleep(self._check.interval)

    def _note(self, fault: str | None) -> None:
        if self._health.note(good=fault is None) and self._health.well:
            self._endpoint.recovered()
        elif not self._health.well:
            now = Instant(asyncio.get_running_loop().time())
            self._endpoint.unwell(fault or "recovering", now)

    async def _fault(self) -> str | None:
        """What is wrong with the answer; None where it is good.

        Raises:
            PoolExhausted: it could not be asked.
        """
        try:
            async with asyncio.timeout(self._check.timeout):
                status = await self._status()
        except TimeoutError:
            return "health check: no answer in time"
        except PoolExhausted:
            raise
        except (UpstreamFailed, ConnectionLost) as error:
            return f"health check: {error.code}"
        return None if status in self._check.statuses else f"health check: {status}"

    async def _status(self) -> int:
        endpoint = self._endpoint
        endpoint.pool.reserve()
        try:
            connection = await self._dialer.dial(endpoint, self._check.timeout)
        except BaseException:
            endpoint.pool.abandoned()
            raise
        endpoint.pool.opened()
        connection.opened(0.0)
        try:
            connection.send(b"GET", self._head())
            connection.request_done()
            due = asyncio.get_running_loop().time() + self._check.timeout
            head = await connection.response(Instant(due))
            return head.status
        finally:
            connection.discard()

    def _head(self) -> bytes:
        return (
            b"GET %b HTTP/1.1\r\nHost: %b\r\nUser-Agent: sidecar-health-check\r\n"
            b"Connection: close\r\n\r\n" % (self._check.path, self._endpoint.authority)
        )
