"""Disk writer: the one thread of a worker that writes to the disk tier.

Whoever stores does not wait: a task is queued, several are one transaction, and
each transaction waits for the disk. What the disk does not keep up with is
dropped, and counted; nothing is lost but a place in a cache.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from threading import Condition, Thread
from typing import Final

import lmdb

from sidecar.storage.disk_file import UNUSABLE, DiskFile, Fault, Opened
from sidecar.units import Bytes, Seconds

QUEUE: Final[Bytes] = 16 << 20
_BATCH: Final = 256  # tasks of one transaction
_SMALL: Final[Bytes] = 256  # a task without content
_LOOK: Final[Seconds] = 10.0  # between looks at who died reading
# What one commit frees, not the next may write to, but the one behind it.
_ATTEMPTS: Final = 3
_PATIENCE: Final[Seconds] = 5.0


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to write; the same for all workers, in the order of each."""

    carry_out: Callable[[lmdb.Transaction, Opened], None]
    size: Bytes = _SMALL
    after: Callable[[], None] | None = None
    """Called by the writing thread when others can read it."""


class DiskWriter:
    """`opened` is what to read from; it changes when the file was replaced."""

    def __init__(self, file: DiskFile) -> None:
        """Open the file.

        Raises:
            OSError, lmdb.Error: not even a new one can be used.
        """
        self.opened = file.open()
        self._file = file
        self._tasks: deque[Task] = deque()
        self._queued: Bytes = 0
        self._writing = False
        self._ending = False
        self._suspect: tuple[Opened, Fault] | None = None
        self._changed = Condition()
        self._look_at = time.monotonic() + _LOOK
        self._thread = Thread(target=self._run, name="disk", daemon=True)
        self._thread.start()

    def add(self, task: Task) -> bool:
        """Whether it will be written."""
        with self._changed:
            if self._queued + task.size > QUEUE or self._ending:
                self._file.faults[Fault.DROPPED] += 1
                return False
            self._tasks.append(task)
            self._queued += task.size
            self._changed.notify_all()
            return True

    def suspect(self, opened: Opened, fault: Fault) -> None:
        """Have the file replaced, which gave an error to a reader."""
        with self._changed:
            self._suspect = (opened, fault)
            self._changed.notify_all()

    def flush(self, patience: Seconds = _PATIENCE) -> bool:
        """Wait until everything is written; whether it was in time."""
        with self._changed:
            return self._changed.wait_for(self._is_idle, patience)

    def close(self) -> None:
        """Write what is queued, as far as that goes in a few seconds."""
        with self._changed:
            self._ending = True
            self._changed.notify_all()
        self._thread.join(_PATIENCE)
        if not self._thread.is_alive():
            self.opened.env.close()
            self._file.settled()

    def _is_idle(self) -> bool:
        return not self._tasks and not self._writing and self._suspect is None

    def _run(self) -> None:
        while (batch := self._next()) is not None:
            self._look_after()
            if batch:
                self._write(batch)
            for task in batch:
                if task.after is not None:
                    task.after()
            with self._changed:
                self._writing = False
                self._changed.notify_all()

    def _next(self) -> list[Task] | None:
        """Wait for tasks, or something else to do; None: the end."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_idle() or self._ending)
            if self._is_idle():
                return None
            self._writing = True
            return self._batch()

    def _batch(self) -> list[Task]:
        # LMDB frees with one commit what the next may write to.
        batch: list[Task] = []
        most = self.opened.index.part
        while self._tasks and len(batch) < _BATCH and most > 0:
            task = self._tasks.popleft()
            self._queued -= task.size
            most -= task.size
            batch.append(task)
        return batch

    def _look_after(self) -> None:
        with self._changed:
            suspect, self._suspect = self._suspect, None
        if suspect is not None and suspect[0] is self.opened:
            self._replace(suspect[1])
        elif not self._file.is_current(self.opened):
            self._replace(Fault.CORRUPT)
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK
            # Pages that a killed worker was reading would never be used again.
            self.opened.env.reader_check()
            self._file.settled()

    def _write(self, batch: list[Task]) -> None:
        for attempt in range(_ATTEMPTS):
            try:
                with self.opened.env.begin(write=True) as txn:
                    for task in batch:
                        task.carry_out(txn, self.opened)
            except UNUSABLE:
                self._replace(Fault.CORRUPT)
            except lmdb.Error:
                # Of the map or of the file system: LMDB says of a write that was cut
                # short only that it failed.
                self._file.faults[Fault.FULL] += 1
                self._make_room(attempt)
            else:
                return

    def _make_room(self, attempt: int) -> None:
        """Shrink to half; where not even that fits, begin anew."""
        opened = self.opened
        try:
            with opened.env.begin(write=True) as txn:
                opened.index.shrink(txn, opened.index.total(txn) // 2)
        except UNUSABLE:
            self._replace(Fault.CORRUPT)
            return
        except lmdb.Error:
            attempt = _ATTEMPTS
        if attempt >= _ATTEMPTS - 1:
            self._replace(Fault.FULL)

    def _replace(self, fault: Fault) -> None:
        """Change to another file; the old one is closed when nobody reads it."""
        try:
            self.opened = self._file.replace(self.opened, fault)
        except (OSError, lmdb.Error):
            self._file.faults[Fault.OTHER] += 1
