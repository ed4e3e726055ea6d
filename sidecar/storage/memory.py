"""Memory: the first tier, of one worker; bounded by what its entries really take.

An entry is counted with its key, its place in the tables and what the allocator
loses on it (benchmarks/stores.py measures that the process agrees).
"""

from collections.abc import Iterator
from itertools import islice

from sidecar.storage.entry import Entry, Stored
from sidecar.storage.s3fifo import S3Fifo
from sidecar.units import Bytes

HELD: Bytes = 600
"""Bytes that it takes to hold an entry here, besides its own: two tables' slots when
they have just grown, the resident, its place in a queue, what the allocator loses."""
# Of a rendition, besides its two heads.
RENDITION: Bytes = 400


class Memory:
    def __init__(self, bound: Bytes) -> None:
        self.takes = True
        """Whether anything new may come in."""
        self._kept: S3Fifo[Entry] = S3Fifo.within(bound)
        self.get = self._kept.lookup
        """Return what is there, and count it as used."""

    def put(self, key: bytes, entry: Entry) -> bool:
        """Whether there is room for it at all; again for one that grew."""
        resident = self._kept[key]
        size = entry.size + len(key) + HELD
        if resident is None or resident.value is not entry:
            if self.takes:
                return self._kept.store(key, entry, size)
            # What is there is older than what came.
            self.remove(key)
            return False
        self._kept.resize(key, size)
        return True

    def use(self, key: bytes, entry: Stored) -> None:
        """Count the heads that are made for its first use."""
        if not entry.renditions:
            heads = 2 * len(entry.lines) + RENDITION
            self._kept.resize(key, entry.size + len(key) + HELD + heads)

    def remove(self, key: bytes) -> None:
        self._kept.pop(key, None)

    def clear(self) -> None:
        self._kept.clear()

    def give_up(self, share: float, most: int) -> None:
        """Evict that share of the bytes, or so many entries if that is less."""
        kept = self._kept
        rest = kept.currsize * (1.0 - share)
        while kept.currsize > rest and most:
            kept.popitem()
            most -= 1

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
