"""Ghost: which keys were evicted of late, without keeping them.

A fixed table of 8 bytes a slot: half a fingerprint, half the number of the
eviction. A newcomer overwrites whom it meets, so that the table never grows and
the oldest are forgotten first, more or less.
"""

from mmap import MAP_ANONYMOUS, MAP_PRIVATE, mmap

_HALF = 32
_MASK = (1 << _HALF) - 1
SLOT = 8
"""Bytes of one."""


class Ghost:
    __slots__ = ("_evictions", "_places", "_slots")

    def __init__(self, slots: int) -> None:
        """`slots` is a power of two."""
        # The kernel's zeros, no memory of ours before something is evicted.
        room = mmap(-1, SLOT * slots, flags=MAP_PRIVATE | MAP_ANONYMOUS)
        self._slots = memoryview(room).cast("Q")
        self._places = slots - 1
        self._evictions = 0

    def add(self, key: bytes) -> None:
        # Salted by Python in each process: nobody outside can aim at a slot.
        digest = hash(key)
        self._evictions = number = (self._evictions + 1) & _MASK
        self._slots[digest & self._places] = (digest >> _HALF & _MASK) << _HALF | number

    def has(self, key: bytes, among: int) -> bool:
        """Whether `key` was one of the last `among` that were added."""
        digest = hash(key)
        held = self._slots[digest & self._places]
        return (
            held >> _HALF == digest >> _HALF & _MASK
            and held & _MASK != 0
            and (self._evictions - held) & _MASK < among
        )
