"""Shares: how many connections each worker has, in memory that all share."""

import mmap
import struct
from collections.abc import Callable

from sidecar.policy.turns import has_too_many
from sidecar.server.census import Census
from sidecar.server.heartbeats import Heartbeats
from sidecar.units import Seconds

_COUNT = struct.Struct("q")  # eight bytes, aligned: written in one piece
# Whose loop did not turn for so long is left out: it cannot accept.
AWAKE: Seconds = 0.5


class Shares:
    def __init__(self, workers: int, heartbeats: Heartbeats) -> None:
        # Anonymous and shared: it survives forks and ends with the last process.
        self._memory = mmap.mmap(-1, workers * _COUNT.size)
        self._heartbeats = heartbeats
        self.census = Census(workers)
        self.users = Census(workers)
        self._slots = range(workers)

    def set(self, slot: int, count: int) -> None:
        _COUNT.pack_into(self._memory, slot * _COUNT.size, count)

    def count(self, slot: int) -> int:
        return int(_COUNT.unpack_from(self._memory, slot * _COUNT.size)[0])

    def elsewhere(self, slot: int) -> int:
        """How many the other workers have."""
        return sum(self.count(other) for other in self._slots if other != slot)

    def has_too_many(self, slot: int, count: int) -> bool:
        """Whether this worker should leave the next connection to another."""
        return has_too_many(
            count,
            (
                self.count(other)
                for other in self._slots
                if other != slot and self._heartbeats.age(other) < AWAKE
            ),
        )


class Share:
    """`ConnectionsElsewhere` of one worker, for its `server.connections`.

    `too_many` is called when others should have the next.
    """

    def __init__(self, shares: Shares, slot: int, too_many: Callable[[], None]) -> None:
        self._shares = shares
        self._slot = slot
        self._too_many = too_many
        shares.set(slot, 0)
        shares.census.empty(slot)
        shares.users.empty(slot)

    def count(self) -> int:
        """Open connections of other workers."""
        return self._shares.elsewhere(self._slot)

    def of(self, address: str) -> int:
        """Those of one address."""
        return self._shares.census.elsewhere(self._slot, address)

    def entered(self, count: int, address: str) -> None:
        """One came in from there; so many are open here now."""
        self._note(count, address, 1)
        if self._shares.has_too_many(self._slot, count):
            self._too_many()

    def left(self, count: int, address: str) -> None:
        self._note(count, address, -1)

    def _note(self, count: int, address: str, by: int) -> None:
        self._shares.set(self._slot, count)
        if address:
            self._shares.census.move(self._slot, address, by)
