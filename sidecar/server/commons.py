"""Commons: what the workers of one host share, from the parent that owns the
directory to each worker's view of it.

With one worker there is nothing to share, and no directory. Where none can be made
each worker counts for itself, and that is said once.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar.config.schema_process import Memory
from sidecar.proxy.per_user import UsersElsewhere, alone
from sidecar.server.memory_share import memory_share
from sidecar.server.protection import Common
from sidecar.storage.epochs import SIZE as EPOCHS
from sidecar.storage.ledger import Ledger
from sidecar.storage.ledger_file import SIZE
from sidecar.storage.scratch import scratch
from sidecar.storage.shared_buckets import SharedBuckets
from sidecar.telemetry.cgroup import cgroup
from sidecar.telemetry.log import Log
from sidecar.telemetry.readings import shared
from sidecar.telemetry.snapshot import Row
from sidecar.units import Bytes, Instant, Seconds

if TYPE_CHECKING:
    from sidecar.server.pods import Pods

LOOK: Seconds = 1.0
# The ledger, another while one is replaced, the epochs, and small things.
ROOM: Bytes = 2 * SIZE + EPOCHS + (1 << 20)


@contextmanager
def grounds(places: tuple[Path, ...] | None = None) -> Iterator[Path | None]:
    """A directory for the workers of this parent; None where there is no room."""
    try:
        made = scratch(ROOM, places)
        folder = made.__enter__()
    except OSError as error:
        sys.stderr.write(f"sidecar: each worker counts for itself: {error}\n")
        yield None
        return
    try:
        yield folder
    finally:
        made.__exit__(None, None, None)


class Commons:
    """One worker's view; opened after the fork, and closed by the worker."""

    def __init__(
        self,
        folder: Path | None = None,
        workers: int = 1,
        secret: bytes = b"",
        elsewhere: Callable[[bytes], UsersElsewhere] = alone,
    ) -> None:
        self.folder = folder
        self.workers = workers
        self.ledger = None if folder is None else Ledger(folder / "ledger")
        self._secret = secret
        self._elsewhere = elsewhere
        self._due = Instant(0.0)

    def common(self, pods: "Pods | None" = None) -> Common:
        """What protects, as far as workers and pods have it in common."""
        return Common(
            workers=self.workers,
            shared=self.ledger,
            buckets=None if self.ledger is None else SharedBuckets(self.ledger),
            secret=self._secret or None if pods is None else pods.secret,
            remote=None if pods is None else pods.limits,
            elsewhere=self._elsewhere,
        )

    def memory_share(self, section: Memory | None, log: Log) -> Callable[[], float]:
        """What to ask for the share of its memory that this worker uses."""
        return memory_share(section, cgroup().memory, self.workers, log)

    def tick(self, now: Instant) -> None:
        """Look after it, once a second however often this is called."""
        if self.ledger is not None and now >= self._due:
            self._due = Instant(now + LOOK)
            self.ledger.tick()

    def rows(self) -> Iterator[Row]:
        if self.ledger is not None:
            yield from shared(self.ledger.faults.items(), self.ledger.forgotten)

    def close(self) -> None:
        if self.ledger is not None:
            self.ledger.close()
