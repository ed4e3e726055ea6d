"""Processes: memory, processor time and descriptors of the sidecar as a whole.

Read from the process that is asked, for itself and for its workers, so that no
worker's loop is held up. Processor time never falls: that of workers which
ended is known to who waited for them.
"""

import os
from collections.abc import Callable, Iterator, Mapping

from sidecar.telemetry import host_families as known
from sidecar.telemetry import process
from sidecar.telemetry.snapshot import Row
from sidecar.units import Seconds


class Processes:
    """`workers`: process id by label; it may name this process, or nobody.

    `parent`: who starts the workers and waits for them, where that is not us.
    """

    def __init__(
        self,
        workers: Callable[[], Mapping[str, int]],
        *,
        version: str,
        parent: int | None = None,
    ) -> None:
        self._workers = workers
        self._family = {os.getpid()} if parent is None else {os.getpid(), parent}
        self._version = version
        self._cpu: Seconds = 0.0

    def rows(self) -> Iterator[Row]:
        """Rows for a merged snapshot; suits a thread."""
        workers = dict(self._workers())
        pids = {*self._family, *workers.values()}
        resident = {pid: process.resident(pid=pid) for pid in pids}
        fds = {pid: process.open_fds(pid=pid) for pid in pids}
        for label, pid in workers.items():
            yield known.WORKER_MEMORY.name, (label,), resident[pid]
            yield known.WORKER_FDS.name, (label,), fds[pid]
        yield known.RESIDENT.name, (), sum(resident.values())
        yield known.OPEN_FDS.name, (), sum(fds.values())
        yield known.VIRTUAL.name, (), sum(process.virtual(pid=pid) for pid in pids)
        shares = sum(process.proportional(pid=pid) for pid in pids)
        yield known.PROPORTIONAL.name, (), shares
        yield known.CPU.name, (), self._spent(pids)
        yield known.MAX_FDS.name, (), process.max_fds()
        yield known.STARTED.name, (), process.started()
        yield known.BUILD.name, (self._version,), 1

    def _spent(self, pids: set[int]) -> Seconds:
        found = sum(process.cpu(pid=pid) for pid in pids)
        # One that just ended may be missing in both.
        self._cpu = max(self._cpu, found)
        return self._cpu
