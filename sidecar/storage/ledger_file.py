"""Ledger file: the LMDB environment under a ledger, and how it is replaced.

    main      which half is young
    a, b      the two halves of the numbers
    values    values, with their expiry before them

Writing through the memory map takes a third of the time, and touches memory that
must be there: all of it is taken when the file is made, so that a file system that
others fill never ends a process. Each process opens it for itself, after a fork.
"""

import os
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import lmdb

from sidecar.storage.numbered import Numbered
from sidecar.units import Bytes

SIZE: Final[Bytes] = 8 << 20
_TURN, _A, _B = b"turn", b"a", b"b"
_NAMES: Final = (_A, _B, b"values")

Begin = Callable[..., lmdb.Transaction]
Database = Any
"""lmdb's handle, which has no type of its own."""


class Reason(StrEnum):
    """What was wrong; the label in `sidecar_shared_faults_total`."""

    FULL = "full"
    CORRUPT = "corrupt"
    FOREIGN = "foreign"  # not of this library, or of another version
    CLOSED = "closed"
    OTHER = "other"


UNUSABLE: Final = frozenset({Reason.FULL, Reason.CORRUPT, Reason.FOREIGN})
"""The file is to be replaced."""
_REASONS: Final[tuple[tuple[type[Exception], Reason], ...]] = (
    (lmdb.MapFullError, Reason.FULL),
    (lmdb.DiskError, Reason.FULL),
    (lmdb.CorruptedError, Reason.CORRUPT),
    (lmdb.PageNotFoundError, Reason.CORRUPT),
    (lmdb.PanicError, Reason.CORRUPT),
    (lmdb.InvalidError, Reason.FOREIGN),
    (lmdb.VersionMismatchError, Reason.FOREIGN),
    (lmdb.NotFoundError, Reason.FOREIGN),
    (lmdb.IncompatibleError, Reason.FOREIGN),
)


def reason(error: Exception) -> Reason:
    for kind, found in _REASONS:
        if isinstance(error, kind):
            return found
    return Reason.CLOSED if isinstance(error, Closed) else Reason.OTHER


class Closed(lmdb.Error):
    """There is no file that can be used, for now."""


class LedgerFile:
    """`begin` starts a transaction, as lmdb's environment does."""

    values: Database

    def __init__(self, folder: Path) -> None:
        self._numbered = Numbered(folder, fill)
        self._number = 0
        self._env: lmdb.Environment | None = None
        self._broken = False
        self._halves: dict[bytes, tuple[Database, Database]] = {}
        self.begin: Begin = _closed

    def open(self) -> None:
        """Open what others have made, or make it."""
        self._use(self._numbered.newest() or self._numbered.after(0))

    def refresh(self) -> None:
        """Replace what is broken; follow where another process did that."""
        if self._broken or self._env is None:
            self._use(self._numbered.after(self._number))
        elif (newest := self._numbered.newest()) > self._number:
            self._use(newest)
        else:
            # What a killed worker was reading would never be written over.
            self._env.reader_check()

    def halves(self, txn: lmdb.Transaction) -> tuple[Database, Database]:
        """The young one and the old one."""
        turn = txn.get(_TURN)
        found = self._halves.get(bytes(turn or b""))
        if found is None:
            raise lmdb.CorruptedError("no such half")
        return found

    def turn(self, txn: lmdb.Transaction) -> None:
        """Forget the old half, which is the young one from now on."""
        _, old = self.halves(txn)
        txn.drop(old, delete=False)
        txn.put(_TURN, _B if txn.get(_TURN) == _A else _A)

    def broken(self) -> None:
        """Have it replaced with the next `refresh`."""
        self._broken = True

    def close(self) -> None:
        self.begin = _closed
        if self._env is not None:
            self._env.close()
            self._env = None

    def _use(self, number: int) -> None:
        self.close()
        # Whatever comes of it: the next attempt makes a newer one.
        self._number, self._broken = number, True
        env = _open(self._numbered.path(number))
        try:
            a, b, self.values = (env.open_db(name, create=False) for name in _NAMES)
        except lmdb.Error:
            env.close()
            raise
        self._halves = {_A: (a, b), _B: (b, a)}
        self._env, self.begin, self._broken = env, env.begin, False


def _closed(**_options: object) -> lmdb.Transaction:
    raise Closed("no ledger is open")


def _open(folder: Path, *, writemap: bool = True) -> lmdb.Environment:
    return lmdb.open(
        str(folder),
        map_size=SIZE,
        mode=0o600,
        max_dbs=len(_NAMES),
        writemap=writemap,
        # It is gone when the host is: what a process wrote, others see at once.
        sync=False,
        metasync=False,
        readahead=False,
        meminit=False,
    )


def fill(folder: Path) -> None:
    """Make an empty one in `folder`. Raises OSError and lmdb.Error."""
    with _open(folder, writemap=False) as env:
        for name in _NAMES:
            env.open_db(name)
        with env.begin(write=True) as txn:
            txn.put(_TURN, _A)
    _take(folder / "data.mdb", SIZE)
    _take(folder / "lock.mdb", 0)


def _take(path: Path, least: Bytes) -> None:
    """Have all of a file in place, not only what was written. Raises OSError."""
    with path.open("r+b") as file:
        size = os.fstat(file.fileno()).st_size
        os.posix_fallocate(file.fileno(), 0, max(size, least))
