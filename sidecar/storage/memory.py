"""Memory: the first tier, of one worker; bounded by what its entries really take.

An entry is counted with its key, its place in the tables and what the allocator
loses on it (benchmarks/stores.py measures that the process agrees).
"""

from collections.abc import Iterator
from itertools import islice

from sidecar.storage.entry import Entry
from sidecar.storage.s3fifo import S3Fifo
from sidecar.units import Bytes

HELD: Bytes = 450
"""Bytes that it takes to hold an entry here, besides its own: two tables' slots when
they have just grown, the resident, its place in a queue, an unfilled block."""


class Memory:
    def __init__(self, bound: Bytes) -> None:
        self._kept: S3Fifo[Entry] = S3Fifo.within(bound)
        self.get = self._kept.lookup
        """Return what is there, and count it as used."""

    def put(self, key: bytes, entry: Entry) -> bool:
        """Whether there is room for it at all; again for one that grew."""
        return self._kept.store(key, entry, entry.size + len(key) + HELD)

    def remove(self, key: bytes) -> None:
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._kept.clear()

    def entries(self, most: int) -> Iterator[tuple[bytes, Entry]]:
        """Return some, in no order."""
        for key in islice(self._kept, most):
            resident = self._kept[key]
            if resident is not None and resident.value is not None:
                yield key, resident.value

    @property
    def evictions(self) -> int:
        return self._kept.evictions

    def counts(self) -> tuple[int, Bytes]:
        """Entries, and the bytes that they take."""
        return len(self._kept), int(self._kept.currsize)
