"""Disk index: what the disk tier holds, in which order it goes.

    entries   id ─▶ envelope
    states    id ─▶ number, bytes, whether it was used
    order     number ─▶ id        the oldest first; one without its state is void

First in, first out, with a second chance for what was used: what is popular is in
the memory of the workers anyway, and asked for here once by each. All of it happens
in the caller's transaction, of one writer at a time.
"""

from dataclasses import dataclass
from itertools import islice
from struct import Struct
from typing import Any, Final

import lmdb

from sidecar.units import Bytes

Database = Any
"""lmdb's handle, which has no type of its own."""

NAMES: Final = (b"entries", b"states", b"order")
_TOTAL: Final = b"bytes"
_NUMBER: Final = Struct(">Q")
_STATE: Final = Struct(">QQ?")
_PAGE: Final = 4096
# What fits in half a page shares one; pages are about two thirds full.
_SHARED: Final = _PAGE // 2
_SMALL: Final[Bytes] = 256  # the index of one entry, roughly
_CHANCES: Final = 64
# One entry, or one transaction, takes this part of the room at most, or a little more.
_PART: Final = 32


def cost(length: Bytes) -> Bytes:
    """Bytes of the file that an envelope of this length takes, roughly."""
    if length <= _SHARED:
        return _SMALL + length * 3 // 2
    return _SMALL + (length // _PAGE + 1) * _PAGE


@dataclass(frozen=True, slots=True)
class DiskIndex:
    """Handles of the databases; `room`: the most that all may cost."""

    entries: Database
    states: Database
    order: Database
    room: Bytes

    @property
    def part(self) -> Bytes:
        """The most that is written at once."""
        return self.room // _PART

    def total(self, txn: lmdb.Transaction) -> Bytes:
        return _unpacked(txn.get(_TOTAL))

    def put(self, txn: lmdb.Transaction, name: bytes, envelope: bytes) -> None:
        """Store it, and evict what it needs the room of."""
        size = cost(len(envelope))
        self.remove(txn, name)
        self.shrink(txn, self.room - size)
        self._append(txn, name, size)
        txn.put(name, envelope, db=self.entries)
        txn.put(_TOTAL, _NUMBER.pack(self.total(txn) + size))

    def remove(self, txn: lmdb.Transaction, name: bytes) -> None:
        state = txn.pop(name, db=self.states)
        if state is not None:
            number, size, _ = _STATE.unpack(state)
            txn.delete(_NUMBER.pack(number), db=self.order)
            txn.delete(name, db=self.entries)
            txn.put(_TOTAL, _NUMBER.pack(max(0, self.total(txn) - size)))

    def use(self, txn: lmdb.Transaction, name: bytes) -> None:
        """Note that it was asked for."""
        state = txn.get(name, db=self.states)
        if state is not None:
            number, size, used = _STATE.unpack(state)
            if not used:
                txn.put(name, _STATE.pack(number, size, True), db=self.states)

    def shrink(self, txn: lmdb.Transaction, most: Bytes) -> None:
        """Evict until everything costs at most so much."""
        chances = _CHANCES
        while self.total(txn) > most:
            oldest = self._oldest(txn)
            if oldest is None:
                txn.put(_TOTAL, _NUMBER.pack(0))
                return
            number, name = oldest
            state = txn.get(name, db=self.states)
            _, size, used = _STATE.unpack(state) if state else (0, 0, False)
            if used and chances:
                chances -= 1
                txn.delete(_NUMBER.pack(number), db=self.order)
                self._append(txn, name, size)
            else:
                self.remove(txn, name)
                txn.delete(_NUMBER.pack(number), db=self.order)

    def names(self, txn: lmdb.Transaction, most: int) -> list[bytes]:
        """Return the newest first."""
        cursor = txn.cursor(self.order)
        found = cursor.iterprev(keys=False) if cursor.last() else iter(())
        return [bytes(name) for name in islice(found, most)]

    def _oldest(self, txn: lmdb.Transaction) -> tuple[int, bytes] | None:
        cursor = txn.cursor(self.order)
        if not cursor.first():
            return None
        return _unpacked(cursor.key()), bytes(cursor.value())

    def _append(self, txn: lmdb.Transaction, name: bytes, size: Bytes) -> None:
        cursor = txn.cursor(self.order)
        number = _unpacked(cursor.key()) + 1 if cursor.last() else 1
        txn.put(_NUMBER.pack(number), name, db=self.order, append=True)
        txn.put(name, _STATE.pack(number, size, False), db=self.states)


def _unpacked(value: bytes | memoryview | None) -> int:
    if value is None or len(value) != _NUMBER.size:
        return 0
    number: int = _NUMBER.unpack(value)[0]
    return number
