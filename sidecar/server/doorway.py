"""Doorway: the listening sockets of a worker, which may look away for a moment.

The sockets themselves are never closed for that: others accept from them, or the
connections wait in the kernel.
"""

import asyncio
from collections.abc import Sequence
from socket import socket

from sidecar.server import listeners
from sidecar.units import Seconds

# Long enough for another to accept what is there.
AWAY: Seconds = 0.003
# Where there was no descriptor to come back with.
LATER: Seconds = 0.1


class Doorway:
    def __init__(self, sockets: Sequence[socket], door: listeners.Door) -> None:
        self._sockets = sockets
        self._door = door
        self._servers: list[asyncio.Server] = []
        self._closed = False
        self._returning: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Connections are accepted, now or in a moment."""
        return bool(self._servers or self._returning) and not self._closed

    async def open(self) -> None:
        # Ours to close at any time; what they lead to stays open.
        own = [one.dup() for one in self._sockets]
        servers = await listeners.serve(own, self._door)
        self._servers = servers
        if self._closed:
            self._shut()

    def look_away(self) -> None:
        """Leave the next connections to others, for a moment."""
        if self._servers and not self._closed:
            self._shut()
            loop = asyncio.get_running_loop()
            self._returning = loop.create_task(self._come_back())

    def close(self) -> None:
        """Accept no more, ever."""
        self._closed = True
        self._shut()
        for one in self._sockets:
            one.close()

    async def _come_back(self) -> None:
        pause = AWAY
        while not self._closed and not self._servers:
            await asyncio.sleep(pause)
            pause = LATER
            try:
                await self.open()
            except OSError:
                continue
        self._returning = None

    def _shut(self) -> None:
        for server in self._servers:
            server.close()
        self._servers = []
