"""Resolve: the addresses behind an endpoint's name, kept off the way of a request.

Only the first connection waits for an answer. Later answers come in the
background, at most `TTL` seconds old while the endpoint is in use; while the
resolver fails, the last good answer stays.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from sidecar.errors import NameNotResolved
from sidecar.policy.deadlines import Deadlines
from sidecar.units import NEVER, Instant, Seconds

TTL: Seconds = 10.0
# An answer older than this many `TTL` is not used before it was asked for again.
STALE = 3
MOST_ADDRESSES = 16

Lookup: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
Changed: TypeAlias = Callable[[frozenset[object]], None]


async def lookup(host: str, port: int) -> Sequence[str]:
    """The system's answer, in its order of preference.

    Raises:
        OSError
    """
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM
    )
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Fixed:
    """A literal: nothing to resolve."""

    def __init__(self, host: str) -> None:
        self._host = host

    async def addresses(self) -> list[str]:
        return [self._host]

    def failed(self, address: str) -> None:
        pass

    def retire(self) -> None:
        pass

    def close(self) -> None:
        pass


class Resolver:
    """One name's addresses; `changed` is told when there are others."""

    def __init__(
        self,
        host: str,
        port: int,
        deadlines: Deadlines,
        changed: Changed,
        *,
        lookup: Lookup = lookup,
    ) -> None:
        self.due = NEVER
        self._host, self._port = host, port
        self._deadlines = deadlines
        self._changed = changed
        self._lookup = lookup
        self._addresses: tuple[str, ...] = ()
        self._asked = Instant(0.0)
        self._turn = 0
        self._bad: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._error = ""
        self._clock = asyncio.get_running_loop().time
        deadlines.watch(self)

    async def addresses(self) -> list[str]:
        """Where to connect to, in the order to try; wait only for a first answer.

        Raises:
            NameNotResolved
        """
        await self._ensure()
        if not self._addresses:
            raise NameNotResolved(f"{self._host}: {self._error}")
        self._turn += 1
        shift = self._turn % len(self._addresses)
        order = [*self._addresses[shift:], *self._addresses[:shift]]
        return sorted(order, key=self._bad.__contains__)

    def failed(self, address: str) -> None:
        """Try this one last, until the name is asked for again."""
        self._bad.add(address)

    def expire(self, now: Instant) -> None:  # noqa: ARG002
        """`policy.deadlines.Watched`: the answer is old."""
        self.due = NEVER
        self._refresh()

    def retire(self) -> None:
        """Ask anew for those only who still want to connect."""
        self._deadlines.forget(self)

    def close(self) -> None:
        self.retire()
        if self._task is not None:
            self._task.cancel()

    async def _ensure(self) -> None:
        age = self._clock() - self._asked
        if not self._addresses or age > TTL:
            task = self._refresh()
            if not self._addresses or age > TTL * STALE:
                await asyncio.shield(task)

    def _refresh(self) -> asyncio.Task[None]:
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._ask())
        return self._task

    async def _ask(self) -> None:
        try:
            found = tuple(await self._lookup(self._host, self._port))
        except (OSError, UnicodeError) as error:
            found = ()
            self._error = getattr(error, "strerror", None) or type(error).__name__
        self._asked = Instant(self._clock())
        self.due = Instant(self._asked + TTL)
        self._bad.clear()
        if found:
            before, self._addresses = self._addresses, found[:MOST_ADDRESSES]
            if set(before) != set(self._addresses):
                self._changed(frozenset(self._addresses))
