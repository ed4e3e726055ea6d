"""Stores: the tiers of one worker, opened as the configuration says.

Opened after the fork. What workers share is in the folder of the disk tier, or in
the directory that their parent made.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import lmdb

from sidecar.config.schema_upstreams import Disk as DiskSection
from sidecar.config.schema_upstreams import Store as Section
from sidecar.proxy.clock import Clock
from sidecar.server.commons import Commons
from sidecar.storage.disk import Disk
from sidecar.storage.disk_file import DiskFile
from sidecar.storage.envelope import Envelope
from sidecar.storage.epochs import Epochs
from sidecar.storage.epochs_file import open_epochs
from sidecar.storage.file_lock import FileLock
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.leases import Leases
from sidecar.storage.listing import Shown, listing
from sidecar.storage.memory import Memory
from sidecar.storage.seal import Checksum
from sidecar.storage.tiers import Tiers
from sidecar.telemetry.log import Log
from sidecar.telemetry.readings import operations, tier
from sidecar.telemetry.snapshot import Row
from sidecar.units import Bytes

if TYPE_CHECKING:
    from sidecar.server.pods import Pods

_EPOCHS = "epochs"
_LOCK = "lock"
# Held by the one worker that counts what all have on the disk.
_COUNTING = "counting"


class Stores:
    """`pods` is None where there are none to share anything with."""

    def __init__(
        self,
        section: Section,
        clock: Clock,
        log: Log,
        commons: Commons | None = None,
    ) -> None:
        """Open what there is.

        Raises:
            OSError: the folder of the disk tier cannot be used.
        """
        commons = commons or Commons()
        self._clock = clock
        self._locks: list[FileLock] = []
        self._disk: Disk | None = None
        self._counting: FileLock | None = None
        folder = commons.folder if section.disk is None else _folder(section.disk)
        epochs = self._epochs(folder)
        if section.disk is not None and folder is not None:
            self._disk = self._open(folder, section.disk.size, commons.workers)
        self.pods = _pods(section, epochs, clock, log)
        self.tiers = Tiers(
            Memory(section.memory),
            epochs,
            clock,
            disk=self._disk,
            remote=None if self.pods is None else self.pods.tier,
        )
        # Who waits for another's fetch must have a tier in which to find it.
        common = self._disk is not None or self.pods is not None
        leases = Leases(
            clock,
            commons.ledger if common else None,
            None if self.pods is None else self.pods.leases,
        )
        self.leases = HeldLeases(leases, clock)

    def start(self) -> None:
        """Begin what goes on by itself; needs a running loop."""
        if self.pods is not None:
            self.pods.start()

    async def close(self) -> None:
        if self.pods is not None:
            await self.pods.close()
        if self._disk is not None:
            self._disk.close()
        for lock in self._locks:
            lock.close()

    def shown(self, most: int) -> Sequence[Shown]:
        return listing(self.tiers.memory, most, self._clock.now())

    def rows(self) -> Iterator[Row]:
        memory = self.tiers.memory
        yield from tier("memory", memory.counts(), {"evicted": memory.evictions})
        if self._disk is not None and self._counting is not None:
            counts = self._disk.counts() if self._counting.take() else (0, 0)
            faults = {str(fault): count for fault, count in self._disk.faults.items()}
            yield from tier("disk", counts, faults)
        if self.pods is not None:
            yield from tier("redis", None, dict(self.pods.faults()))
        yield from operations(self.tiers.operations())

    def _epochs(self, folder: Path | None) -> Epochs:
        if folder is None:
            return Epochs.of_one_process(self._clock.wall())
        lock = self._lock(folder / _LOCK)
        with lock:
            return open_epochs(folder / _EPOCHS, lock, self._clock.wall())

    def _open(self, folder: Path, size: Bytes, workers: int) -> Disk:
        self._counting = self._lock(folder / _COUNTING)
        lock = self._lock(folder / _LOCK)
        file = DiskFile(folder, size, lock, workers=workers)
        try:
            return Disk(file, Envelope(Checksum()))
        except lmdb.Error as error:
            raise OSError(f"{folder} cannot be used: {error}") from error

    def _lock(self, path: Path) -> FileLock:
        lock = FileLock(path)
        self._locks.append(lock)
        return lock


def _folder(section: DiskSection) -> Path:
    folder = Path(section.path)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _pods(section: Section, epochs: Epochs, clock: Clock, log: Log) -> "Pods | None":
    if section.redis is None:
        return None
    from sidecar.server.pods import Pods  # noqa: PLC0415 - its client takes its time

    return Pods(section.redis, epochs, clock, log)
