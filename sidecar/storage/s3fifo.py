"""S3-FIFO: what to keep when there is not room for all.

    new ──▶ small (a tenth) ──▶ used meanwhile? ──▶ main ──▶ used? back to its end
               │ no                                  │ no
               ▼                                     ▼
             ghost ··· asked for again ··▶ main     gone

A hit is one small number written, nothing is moved. What is asked for once
passes through the small queue alone, so that a scan of any length leaves the main
queue as it was. (Yang et al., "FIFO queues are all you need for cache eviction",
SOSP 2023.)
"""

from collections import deque
from typing import Generic, Self, TypeVar

from cachetools import Cache

from sidecar.storage.ghost import SLOT, Ghost
from sidecar.units import Bytes

V = TypeVar("V")

SMALL = 10  # a tenth of all; the paper's choice, the best of 5 to 50 % in our replay
MOST_USES = 3  # the paper's; more only makes eviction longer
# One eviction gives so many a second chance at most, or it could walk through all.
CHANCES = 256
# Queues are cleared of what was removed when that is more than what is there.
_LEAST_DEAD = 1024


class Resident(Generic[V]):
    """A value in its queue. `size` counts what it costs to hold it here, too."""

    __slots__ = ("key", "main", "size", "uses", "value")

    def __init__(self, key: bytes, value: V | None, size: Bytes) -> None:
        self.key = key
        self.value = value
        self.size = size
        self.uses = 0
        self.main = False


def _size(resident: Resident[V]) -> Bytes:
    return resident.size


class S3Fifo(Cache[bytes, Resident[V]]):
    """Residents by key, bounded by the sum of their sizes.

    `lookup` counts as a use; everything else is a look from outside.
    """

    def __init__(self, maxsize: Bytes, *, ghosts: int = 1024) -> None:
        """`ghosts`: the evicted keys to remember, a power of two; 8 bytes each."""
        super().__init__(maxsize, getsizeof=_size)
        self._small: deque[Resident[V]] = deque()
        self._main: deque[Resident[V]] = deque()
        self._small_most = maxsize // SMALL
        self._small_size: Bytes = 0
        self._ghost = Ghost(ghosts)
        self._dead = 0
        self.evictions = 0

    @classmethod
    def within(cls, bound: Bytes) -> Self:
        """Return one that keeps its ghosts within `bound`, too."""
        slots = 1 << max(6, (bound >> 10).bit_length() - 1)
        return cls(max(0, bound - slots * SLOT), ghosts=slots)

    def __missing__(self, _key: bytes) -> None:  # type: ignore[override]
        """Nothing: who asks without looking first is told so, not stopped."""

    def lookup(self, key: bytes) -> V | None:
        # Looked for first: a miss in `Cache` costs an exception.
        if key not in self:
            return None
        resident = self[key]
        if resident.uses < MOST_USES:
            resident.uses += 1
        return resident.value

    def store(self, key: bytes, value: V, size: Bytes) -> bool:
        """Whether there is room for it at all; what was under `key` goes."""
        held = self.pop(key, None)
        if size > self.maxsize:
            return False
        resident = Resident(key, value, size)
        if held is not None:
            resident.uses = held.uses
            resident.main = held.main
        else:
            resident.main = self._ghost.has(key, len(self))
        self[key] = resident
        if resident.main:
            self._main.append(resident)
        else:
            self._small.append(resident)
            self._small_size += size
        return True

    def resize(self, key: bytes, size: Bytes) -> None:
        """Note that what is under `key` grew, in its place; it may be evicted."""
        resident = self[key]
        if resident is None:
            return
        more = size - resident.size
        while key in self and self.currsize + more > self.maxsize:
            self.popitem()
        if key in self:
            if not resident.main:
                self._small_size += more
            resident.size = size
            self[key] = resident

    def popitem(self) -> tuple[bytes, Resident[V]]:
        """Evict one; `Cache` asks until there is room."""
        victim = self._victim()
        self._forget(victim)
        self.evictions += 1
        return victim.key, victim

    def __delitem__(self, key: bytes) -> None:
        resident = self[key]
        if resident is None:
            raise KeyError(key)
        self._forget(resident)
        resident.value = None  # its queue holds on to it
        self._dead += 1
        if self._dead > _LEAST_DEAD and self._dead > len(self):
            self._small = deque(one for one in self._small if one.value is not None)
            self._main = deque(one for one in self._main if one.value is not None)
            self._dead = 0

    def clear(self) -> None:
        super().clear()
        self._small.clear()
        self._main.clear()
        self._small_size = 0
        self._dead = 0

    def _forget(self, resident: Resident[V]) -> None:
        super().__delitem__(resident.key)
        if not resident.main:
            self._small_size -= resident.size

    def _victim(self) -> Resident[V]:
        """Take the one that goes out of its queue.

        Raises:
            IndexError: there is nothing.
        """
        chances = CHANCES
        while True:
            small = self._small_size > self._small_most or not self._main
            queue = self._small if small else self._main
            resident = queue.popleft()
            if resident.value is None:
                self._dead -= 1
            elif resident.uses and chances:
                chances -= 1
                self._keep(resident)
            else:
                if small:
                    self._ghost.add(resident.key)
                return resident

    def _keep(self, resident: Resident[V]) -> None:
        if resident.main:
            resident.uses -= 1
        else:
            resident.main = True
            resident.uses = 0
            self._small_size -= resident.size
        self._main.append(resident)
