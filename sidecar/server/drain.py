"""Drain: how a worker stops without losing a request.

    ready ─▶ not ready, still accepting (grace) ─▶ closed to new ones ─▶ gone

Readiness fails first, for whoever sends us traffic needs time to see it. From
then on every answer says `Connection: close`. After the grace the listeners
close; idle connections go once they were quiet for a moment; what is in flight
may finish until `timeout`, and is cut then.
"""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from sidecar.proxy.clock import Clock
from sidecar.server.entrance import Entrance
from sidecar.units import Instant, Seconds

POLL: Seconds = 0.05
FAREWELL: Seconds = 1.0


@dataclass(frozen=True, slots=True)
class Shutdown:
    """`grace`: still accepting while not ready; `timeout`: for what is in flight."""

    grace: Seconds
    timeout: Seconds


class Entry(Protocol):
    """Something that connections come in by."""

    def close(self) -> None:
        """Let in no more."""


class Drain:
    def __init__(self, shutdown: Shutdown, entrance: Entrance, clock: Clock) -> None:
        self._shutdown = shutdown
        self._entrance = entrance
        self._clock = clock
        self._since: Instant | None = None
        self._hurry = asyncio.Event()

    @property
    def draining(self) -> bool:
        return self._since is not None

    def use(self, shutdown: Shutdown) -> None:
        """Drain by other times; those of a drain that goes on stay."""
        self._shutdown = shutdown

    def begin(self) -> None:
        """Stop being ready; harmless when that was said before."""
        if self._since is None:
            self._since = self._clock.now()
            self._entrance.leave()

    def hurry(self) -> None:
        """End at once: what is in flight is cut."""
        self._hurry.set()

    async def run(self, entries: Iterable[Entry], *, grace: bool) -> None:
        """Drain to the end. `grace` false: nobody watches our readiness."""
        self.begin()
        now = self._clock.now()
        until = Instant((self._since or now) + self._shutdown.grace) if grace else now
        while self._clock.now() < until and not self._hurry.is_set():
            await self._pause()
        for entry in entries:
            entry.close()
        until = Instant(self._clock.now() + self._shutdown.timeout)
        connections = self._entrance.connections
        while (
            len(connections) and self._clock.now() < until and not self._hurry.is_set()
        ):
            for connection in connections:
                connection.close_if_idle()
            await self._pause()
        for connection in connections:
            connection.abort()
        # What was cut is still to be told of in the log.
        until = Instant(self._clock.now() + FAREWELL)
        while len(connections) and self._clock.now() < until:  # noqa: ASYNC110
            await asyncio.sleep(POLL)

    async def _pause(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._hurry.wait(), POLL)
