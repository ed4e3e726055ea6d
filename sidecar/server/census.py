"""Census: how many connections of an address, or requests of a user, all workers have.

Each worker keeps a table of its own in memory that all share, and reads those of the
others. Two counters stand for each of them, and others may share one with it: the
smaller sum is never too low, and with two thousand of them there too high for one in
a thousand.
"""

import mmap
import struct
from collections.abc import Hashable
from contextlib import suppress

from sidecar.units import Bytes

CELLS = 1 << 16
_ROWS = 2
_CELL = struct.Struct("H")
_MOST = 0xFFFF
_TABLE: Bytes = _ROWS * CELLS * _CELL.size


class Census:
    """Made before the workers are forked: they hash alike."""

    def __init__(self, workers: int) -> None:
        # Anonymous and shared; a page that nobody wrote to takes no memory.
        self._memory = mmap.mmap(-1, workers * _TABLE)
        self._slots = range(workers)

    def empty(self, slot: int) -> None:
        """Forget what a worker that is gone has left."""
        start, end = slot * _TABLE, (slot + 1) * _TABLE
        with suppress(OSError, AttributeError):
            self._memory.madvise(mmap.MADV_REMOVE, start, _TABLE)
            return
        self._memory[start:end] = bytes(_TABLE)

    def move(self, slot: int, whose: Hashable, by: int) -> None:
        """One more of them, or one less, with this worker."""
        for cell in _cells(whose):
            at = slot * _TABLE + cell
            count = self._count(slot, cell) + by
            _CELL.pack_into(self._memory, at, min(max(count, 0), _MOST))

    def elsewhere(self, slot: int, whose: Hashable) -> int:
        """How many there are with the other workers."""
        return min(
            sum(self._count(other, cell) for other in self._slots if other != slot)
            for cell in _cells(whose)
        )

    def _count(self, slot: int, cell: Bytes) -> int:
        return int(_CELL.unpack_from(self._memory, slot * _TABLE + cell)[0])


def _cells(whose: Hashable) -> tuple[Bytes, Bytes]:
    """Where their two counters are, in a table."""
    found = hash(whose)
    one, other = found % CELLS, (found >> 20) % CELLS
    return one * _CELL.size, (CELLS + other) * _CELL.size
