"""Pool: the connections to one endpoint; at most `limit` are open at once.

    taken ──put──▶ idle ──take──▶ taken          idle is a stack: what was used
      │              │                           last is the least likely to be
      └────left──────┴─▶ closed                  stale, and the rest may expire

A slot is a connection that is open or being opened. Whatever becomes free goes
to the first in line, if somebody waits, before anybody else may take it.
Nothing here awaits; closing what is idle too long is for each connection's `due`.
"""

from collections import deque
from typing import Protocol

from sidecar.units import Instant


class Pooled(Protocol):
    due: Instant
    address: object

    def close(self) -> None:
        """Close it while it is idle; calls `Pool.left`."""

    def give_back(self) -> None:
        """It was offered, and nobody took it; calls `Pool.put`, if it lives."""


class Claimant(Protocol):
    """Somebody who waits for a connection, or for leave to open one."""

    def offer(self, pool: "Pool", connection: Pooled | None) -> bool:
        """Take it; False if nobody waits here any more."""


class Line:
    """Those who wait for any connection of an upstream, first come, first served."""

    def __init__(self) -> None:
        self._claimants: deque[Claimant] = deque()

    def __len__(self) -> int:
        return len(self._claimants)

    def join(self, claimant: Claimant) -> None:
        self._claimants.append(claimant)

    def leave(self, claimant: Claimant) -> None:
        if claimant in self._claimants:
            self._claimants.remove(claimant)

    def offer(self, pool: "Pool", connection: Pooled | None) -> bool:
        while self._claimants:
            if self._claimants.popleft().offer(pool, connection):
                return True
        return False


class Pool:
    def __init__(self, limit: int, line: Line) -> None:
        self._limit = limit
        self._line = line
        self._idle: list[Pooled] = []
        self.active = 0
        self.opening = 0
        self._closed = False

    @property
    def idle(self) -> int:
        return len(self._idle)

    @property
    def busy(self) -> int:
        return self.active + self.opening

    @property
    def has_room(self) -> bool:
        """Whether a connection could be opened, be it in place of an idle one."""
        return self.active + self.opening < self._limit

    def take(self, now: Instant) -> Pooled | None:
        """The connection that was used last, if one is idle and still young."""
        while self._idle:
            connection = self._idle[-1]
            if connection.due > now:
                self.active += 1
                return self._idle.pop()
            connection.close()
        return None

    def reserve(self) -> None:
        """Take a slot to open a connection in; there must be room.

        Ends with `opened` or `abandoned`.
        """
        if self.busy + len(self._idle) >= self._limit:
            self._idle[0].close()
        self.opening += 1

    def opened(self) -> None:
        self.opening -= 1
        self.active += 1

    def abandoned(self) -> None:
        """The reserved slot was not used."""
        self.opening -= 1
        self._offer_slot()

    def exchange(self, connection: Pooled) -> None:
        """Close an offered connection, and keep its slot to open another."""
        self.opening += 1
        connection.close()

    def put(self, connection: Pooled) -> None:
        """Give back a taken connection that can serve again."""
        if self._closed:
            connection.close()
        elif not self._line.offer(self, connection):
            self.active -= 1
            self._idle.append(connection)

    def left(self, connection: Pooled) -> None:
        """A taken or idle connection is closed."""
        if connection in self._idle:
            self._idle.remove(connection)
        else:
            self.active -= 1
        self._offer_slot()

    def retire(self, addresses: frozenset[object]) -> None:
        """Close the idle ones that go to none of these addresses."""
        for connection in [one for one in self._idle if one.address not in addresses]:
            connection.close()

    def close(self) -> None:
        self._closed = True
        for connection in list(self._idle):
            connection.close()

    def _offer_slot(self) -> None:
        # Reserved in the claimant's name, so that nobody can get ahead of it.
        if self.has_room and len(self._line):
            self.reserve()
            if not self._line.offer(self, None):
                self.opening -= 1
