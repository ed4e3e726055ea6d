"""Ledger: numbers and small values that all workers of a host share.

    numbers   read, changed and written in one transaction; the least used go first
    values    with an expiry, or kept for good; few, for what the file names

Kept in LMDB in a private directory: a worker may be killed at any moment, and what
it had written stays whole. Numbers live in two halves, young and old: who is seen
moves to the young half; when that is full, the old one is dropped and they change
places, so that a flood of new keys never drives out a busy one. What cannot be read
or written counts as empty and in `faults`, and is never an error to anybody.
"""

import struct
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final

import lmdb

from sidecar.storage.ledger_file import UNUSABLE, LedgerFile, Reason, reason
from sidecar.units import NEVER, Instant

MOST_NUMBERS: Final = 1 << 16
MOST_VALUES: Final = 1_000
LONGEST: Final = 4096
"""Bytes of a value."""

Change = Callable[[list[float]], Sequence[float]]
Swap = Callable[[bytes | None], bytes | None]

Read = bytes | memoryview | None
"""What lmdb's types say that it gives; without `buffers` it is bytes."""
_NUMBER = struct.Struct("d")
_EPOCH = struct.Struct("q")
# Longer keys are digested; a digest is longer than any that is not.
_PLAIN = 32
_EMPTY = 0.0


class Ledger:
    """One worker's view. Instants are of the clock that all processes share.

    `faults` counts by `Reason`; `forgotten` how many numbers there was no room for.
    """

    def __init__(self, folder: Path, *, most: int = MOST_NUMBERS) -> None:
        self.faults: Counter[Reason] = Counter(dict.fromkeys(Reason, 0))
        self.forgotten = 0
        self._half = max(1, most // 2)
        self._file = LedgerFile(folder)
        try:
            self._file.open()
        except (lmdb.Error, OSError) as error:
            self.faults[reason(error)] += 1

    def change(self, keys: Sequence[bytes], work: Change) -> None:
        """Give `work` the numbers of `keys`, and write what it returns, all or none.

        A number that was never written, or is forgotten, is 0.0. `work` is called
        once whatever happens, and holds up all workers while it runs.
        """
        file = self._file
        done = False
        try:
            with file.begin(write=True) as txn:
                young, old = file.halves(txn)
                get, put = txn.get, txn.put
                found, fresh = [], False
                keys = [_short(key) for key in keys]
                for key in keys:
                    value = get(key, None, young)
                    if value is None:
                        fresh = True
                        value = get(key, None, old)
                    found.append(_number(value))
                before, done = tuple(found), True
                for key, was, number in zip(keys, before, work(found), strict=True):
                    if fresh or number != was:
                        put(key, _NUMBER.pack(number), db=young)
                if fresh and txn.stat(young)["entries"] > self._half:
                    self.forgotten += txn.stat(old)["entries"]
                    file.turn(txn)
        except lmdb.Error as error:
            self._failed(error)
            if not done:
                work([_EMPTY] * len(keys))

    def add(self, key: bytes, amount: float = 1.0) -> float:
        """Add to a number; what it is then."""
        total = amount

        def work(found: list[float]) -> Sequence[float]:
            nonlocal total
            total = found[0] + amount
            return (total,)

        self.change((key,), work)
        return total

    def number(self, key: bytes) -> float:
        """Return a number without changing it."""
        file, key = self._file, _short(key)
        try:
            with file.begin() as txn:
                young, old = file.halves(txn)
                value = txn.get(key, None, young)
                return _number(txn.get(key, None, old) if value is None else value)
        except lmdb.Error as error:
            self._failed(error)
            return _EMPTY

    def value(self, key: bytes, now: Instant) -> bytes | None:
        """Return what was put under `key`, if it has not expired."""
        file = self._file
        try:
            with file.begin() as txn:
                return _alive(txn.get(_short(key), None, file.values), now)
        except lmdb.Error as error:
            self._failed(error)
            return None

    def put(
        self, key: bytes, value: bytes, now: Instant, until: Instant = NEVER
    ) -> None:
        self.swap(key, lambda _: value, now, until)

    def swap(
        self, key: bytes, work: Swap, now: Instant, until: Instant = NEVER
    ) -> bytes | None:
        """Give `work` the value, write what it returns, and return that.

        None, from `work` or to it, is no value. One that there is no room for is
        not written. `work` is called once whatever happens.
        """
        file, key = self._file, _short(key)
        new: bytes | None = None
        done = False
        try:
            with file.begin(write=True) as txn:
                found = _alive(txn.get(key, None, file.values), now)
                done, new = True, work(found)
                if new == found:
                    return new
                if new is None:
                    txn.delete(key, db=file.values)
                elif self._fits(txn, key, new, now):
                    txn.put(key, _NUMBER.pack(until) + new, db=file.values)
        except lmdb.Error as error:
            self._failed(error)
        return new if done else work(None)

    def epoch(self, name: bytes) -> int:
        """How often `advance` was called for this name."""
        value = self.value(name, Instant(0.0))
        return _epoch(value)

    def advance(self, name: bytes) -> int:
        def work(found: bytes | None) -> bytes:
            return _EPOCH.pack(_epoch(found) + 1)

        return _epoch(self.swap(name, work, Instant(0.0)))

    def tick(self) -> None:
        """Once a second: notice a renewal, let go of what killed workers held."""
        try:
            self._file.refresh()
        except (lmdb.Error, OSError) as error:
            self.faults[reason(error)] += 1

    def close(self) -> None:
        self._file.close()

    def _fits(
        self, txn: lmdb.Transaction, key: bytes, new: bytes, now: Instant
    ) -> bool:
        file = self._file
        if len(new) > LONGEST:
            self.faults[Reason.FULL] += 1
            return False
        if (
            txn.stat(file.values)["entries"] < MOST_VALUES
            or txn.get(key, None, file.values) is not None
        ):
            return True
        gone = [
            name
            for name, value in txn.cursor(file.values)
            if _alive(value, now) is None
        ]
        for name in gone:
            txn.delete(name, db=file.values)
        self.faults[Reason.FULL] += not gone
        return bool(gone)

    def _failed(self, error: lmdb.Error) -> None:
        found = reason(error)
        self.faults[found] += 1
        if found in UNUSABLE:
            self._file.broken()


def _short(key: bytes) -> bytes:
    if 0 < len(key) <= _PLAIN:
        return key
    return blake2b(key, digest_size=_PLAIN + 1).digest()


def _number(value: Read) -> float:
    if value is None or len(value) != _NUMBER.size:
        return _EMPTY
    found: float = _NUMBER.unpack(value)[0]
    return found


def _alive(value: Read, now: Instant) -> bytes | None:
    if value is None or _number(value[: _NUMBER.size]) <= now:
        return None
    return bytes(value[_NUMBER.size :])


def _epoch(value: bytes | None) -> int:
    if value is None or len(value) != _EPOCH.size:
        return 0
    found: int = _EPOCH.unpack(value)[0]
    return found
