"""Disk: the tier that the workers of a host share and that survives a restart.

Reading is a look into mapped memory and happens at once. Writing is queued. What
cannot be read is not there, and counted.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import lmdb

from sidecar.storage.disk_file import DiskFile, Fault, Opened
from sidecar.storage.disk_writer import DiskWriter, Task
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.envelope import ID, Envelope, key_digest
from sidecar.storage.envelope import Opened as Found
from sidecar.units import Bytes

# Of names to note as used until they are written together.
_MOST_USED: Final = 64


class Disk:
    def __init__(self, file: DiskFile, envelope: Envelope) -> None:
        """Open it.

        Raises:
            OSError, lmdb.Error: not even a new file can be used.
        """
        self.faults = file.faults
        self._envelope = envelope
        self._writer = DiskWriter(file)
        self._used: set[bytes] = set()

    def get(self, key: bytes) -> Found | None:
        digest = key_digest(key)
        name = digest[:ID]
        opened = self._writer.opened
        found = None
        try:
            with opened.env.begin(buffers=True) as txn:
                data = txn.get(name, db=opened.index.entries)
                if data is None:
                    return None
                found = self._envelope.opened(digest, data)
        except lmdb.Error:
            self._writer.suspect(opened, Fault.CORRUPT)
            return None
        if found is None:
            self.faults[Fault.UNREADABLE] += 1
            self.remove(key)
        else:
            self._note(name)
        return found

    def put(self, key: bytes, entry: Stored | Variants, mark: int) -> bool:
        """Whether it will be written."""
        digest = key_digest(key)
        name = digest[:ID]
        sealed = self._envelope.sealed(digest, entry, mark)
        if len(sealed) > self._writer.opened.index.part:
            self.remove(key)
            return False

        def write(txn: lmdb.Transaction, opened: Opened) -> None:
            opened.index.put(txn, name, sealed)

        return self._writer.add(Task(write, len(sealed)))

    def remove(self, key: bytes) -> None:
        name = key_digest(key)[:ID]

        def write(txn: lmdb.Transaction, opened: Opened) -> None:
            opened.index.remove(txn, name)

        self._writer.add(Task(write))

    def after_writes(self, then: Callable[[], None]) -> None:
        """Call `then`, on this loop, when what was put so far is there for all."""
        loop = asyncio.get_running_loop()

        def written() -> None:
            with suppress(RuntimeError):  # the loop may have ended
                loop.call_soon_threadsafe(then)

        if not self._writer.add(Task(_nothing, after=written)):
            then()

    def counts(self) -> tuple[int, Bytes]:
        """Entries, and the bytes that they take."""
        opened = self._writer.opened
        try:
            with opened.env.begin() as txn:
                entries = txn.stat(opened.index.entries)["entries"]
                return entries, opened.index.total(txn)
        except lmdb.Error:
            return 0, 0

    def flush(self) -> bool:
        """Wait until what was put is written; for tests and for the end."""
        return self._writer.flush()

    def close(self) -> None:
        self._writer.close()

    def _note(self, name: bytes) -> None:
        self._used.add(name)
        if len(self._used) < _MOST_USED:
            return
        used, self._used = self._used, set()

        def write(txn: lmdb.Transaction, opened: Opened) -> None:
            for one in used:
                opened.index.use(txn, one)

        self._writer.add(Task(write))


def _nothing(_txn: lmdb.Transaction, _opened: Opened) -> None:
    """Be written when all before it is."""
