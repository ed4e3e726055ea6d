"""Outflow: what waits to be sent to one client, and how long that may take.

A client that does not read holds back whoever writes to it; one that takes
nothing at all for `patience` is given up. Taking a little is not stalling.
"""

import asyncio
from typing import cast

from sidecar.errors import ClientGone
from sidecar.proxy.clock import Clock
from sidecar.units import NEVER, Bytes, Instant, Seconds


class Outflow:
    """`blocked`: more is buffered than should be, and may be taken until `due`."""

    __slots__ = (
        "_clock",
        "_left",
        "_transport",
        "_waiter",
        "blocked",
        "due",
        "patience",
    )

    def __init__(self, clock: Clock, patience: Seconds) -> None:
        self._clock = clock
        self._transport = cast("asyncio.Transport", None)
        self._waiter: asyncio.Future[None] | None = None
        self._left: Bytes = 0
        self.patience = patience
        self.due = NEVER
        self.blocked = False

    def connect(self, transport: asyncio.Transport, high: Bytes) -> None:
        self._transport = transport
        transport.set_write_buffer_limits(high=high, low=0)

    def pause(self) -> None:
        """The transport's buffer is full."""
        self._left = self._transport.get_write_buffer_size()
        self.due = Instant(self._clock.now() + self.patience)
        self.blocked = True

    def resume(self) -> None:
        self.due = NEVER
        self.blocked = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        self._waiter = None

    def lost(self) -> None:
        """The connection is gone, and whoever waits learns it."""
        self.due = NEVER
        self.blocked = False
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ClientGone())
        self._waiter = None

    def is_stalled(self) -> bool:
        """Whether nothing moved for all of `patience`; asked when `due` has passed."""
        left = self._transport.get_write_buffer_size()
        if left >= self._left:
            return True
        self._left = left
        self.due = Instant(self._clock.now() + self.patience)
        return False

    async def drained(self) -> None:
        """Return when more may be written.

        Raises:
            ClientGone: the connection was lost, or given up.
        """
        if self.blocked:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
