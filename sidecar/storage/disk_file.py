"""Disk file: the LMDB environment of the disk tier, and what to do with a bad one.

    folder/lock          taken while anybody opens
    folder/entries.lmdb  written in batches; each is on the disk before the next
    folder/starts        how often in a row it was opened and not closed

A file that is foreign, cut or corrupt is set aside and a new one begun; so is one
that several starts in a row ended with in no time: LMDB ends its process where a
page makes no sense. One in order that there is no room for is removed. Whoever else
has the old one open notices by its inode.
"""

import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from struct import error as StructError  # noqa: N812 - an exception by its kind
from typing import Final

import lmdb

from sidecar.storage.disk_index import NAMES, DiskIndex
from sidecar.storage.file_lock import FileLock
from sidecar.storage.lmdb_file import is_whole
from sidecar.storage.set_aside import set_aside
from sidecar.units import Bytes

FILE: Final = "entries.lmdb"
_STARTS: Final = "starts"
_MOST_STARTS: Final = 3  # of each worker
# LMDB needs room to write before it frees: copies of pages, gaps between long values.
_USABLE: Final = 0.75
LEAST: Final[Bytes] = 1 << 20
# What LMDB makes them for its 126 readers.
_LOCKS: Final[Bytes] = 8192


UNUSABLE: Final[tuple[type[Exception], ...]] = (
    lmdb.CorruptedError,
    lmdb.IncompatibleError,
    lmdb.InvalidError,
    lmdb.PageNotFoundError,
    lmdb.PanicError,
    lmdb.VersionMismatchError,
    StructError,  # of an index that is not as we write it
)
"""What a file in order does not raise."""


class Fault(StrEnum):
    """What went wrong; the label of a metric."""

    FOREIGN = "foreign"
    CORRUPT = "corrupt"
    FULL = "full"
    UNREADABLE = "unreadable"  # an envelope
    DROPPED = "dropped"  # the writer did not keep up
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Opened:
    env: lmdb.Environment
    index: DiskIndex
    inode: int


class DiskFile:
    """Counts in `faults`; raises OSError and lmdb.Error from `open` alone."""

    def __init__(
        self, folder: Path, size: Bytes, lock: FileLock, *, workers: int = 1
    ) -> None:
        """`lock` is taken by `open`, not by its caller."""
        self._path = folder / FILE
        self._locks = folder / f"{FILE}-lock"
        self._starts = folder / _STARTS
        self._size = max(LEAST, size)
        self._most_starts = _MOST_STARTS * workers
        self._lock = lock
        self.faults: Counter[Fault] = Counter(dict.fromkeys(Fault, 0))

    def open(self) -> Opened:
        """Open it, a new one where this one cannot be used."""
        with self._lock:
            if self._path.exists() and (
                not is_whole(self._path) or self._started() > self._most_starts
            ):
                self._set_aside(Fault.FOREIGN)
            try:
                return self._opened()
            except UNUSABLE:
                self._set_aside(Fault.CORRUPT)
                return self._opened()

    def replace(self, broken: Opened, fault: Fault) -> Opened:
        """Another one for `broken`, which somebody may have replaced already."""
        with self._lock:
            if self.is_current(broken):
                self._set_aside(fault)
            return self._opened()

    def is_current(self, opened: Opened) -> bool:
        try:
            return self._path.stat().st_ino == opened.inode
        except OSError:
            return False

    def settled(self) -> None:
        """Note that it works, or was closed as it should: starts count anew."""
        with suppress(OSError):
            self._starts.unlink(missing_ok=True)

    def _opened(self) -> Opened:
        self._take_locks()
        env = lmdb.open(
            str(self._path),
            subdir=False,
            map_size=self._size,
            mode=0o600,
            max_dbs=len(NAMES),
            # A crash of the host may lose the last batch, and nothing else.
            metasync=False,
            readahead=False,
            meminit=False,
        )
        try:
            entries, states, order = (env.open_db(name) for name in NAMES)
            env.reader_check()
        except lmdb.Error:
            env.close()
            raise
        index = DiskIndex(entries, states, order, int(self._size * _USABLE))
        return Opened(env, index, self._path.stat().st_ino)

    def _take_locks(self) -> None:
        """Have room for LMDB's locks: writing to a map that the file system has no
        room for would end the process.
        """
        lock = os.open(self._locks, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.posix_fallocate(lock, 0, _LOCKS)
        finally:
            os.close(lock)

    def _set_aside(self, fault: Fault) -> None:
        self.faults[fault] += 1
        if fault is Fault.FULL:
            self._path.unlink()  # the new one needs its room
        else:
            set_aside(self._path)
        self._locks.unlink(missing_ok=True)
        self.settled()

    def _started(self) -> int:
        """How often in a row, this one included."""
        try:
            with self._starts.open("ab") as file:
                file.write(b".")
                return file.tell()
        except OSError:
            return 0
