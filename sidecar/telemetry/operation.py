"""Operation: what happened to the sidecar as a whole: workers, configurations.

Whoever starts workers and loads configurations writes here; one process does.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from enum import StrEnum

from sidecar.telemetry import families as known
from sidecar.telemetry.snapshot import Row
from sidecar.units import Seconds, Timestamp


class Reload(StrEnum):
    """How an attempt to load the configuration ended."""

    SUCCESS = "success"
    UNCHANGED = "unchanged"
    INVALID = "invalid"
    FAILED = "failed"  # valid, but no worker could start with it


class Restart(StrEnum):
    """Why a worker was replaced."""

    EXITED = "exited"
    KILLED = "killed"
    STALLED = "stalled"
    MEMORY = "memory"


class Operation:
    def __init__(
        self,
        *,
        workers: Callable[[], int] = lambda: 1,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._workers = workers
        self._clock = clock
        self.generation = 1
        self.restarts: Counter[Restart] = Counter(dict.fromkeys(Restart, 0))
        self.reloads: Counter[Reload] = Counter(dict.fromkeys(Reload, 0))
        self.last_ok = True
        self.loaded = Timestamp(clock())
        self.took: Seconds = 0.0

    def restarted(self, reason: Restart) -> None:
        self.restarts[reason] += 1

    def reloaded(self, result: Reload, took: Seconds = 0.0) -> None:
        """Note an attempt; `took` is of one that succeeded."""
        self.reloads[result] += 1
        self.last_ok = result in {Reload.SUCCESS, Reload.UNCHANGED}
        if result is Reload.SUCCESS:
            self.generation += 1
            self.loaded = Timestamp(self._clock())
            self.took = took

    def rows(self) -> Iterator[Row]:
        """Rows for a merged snapshot."""
        yield known.WORKERS.name, (), self._workers()
        yield known.GENERATION.name, (), self.generation
        for reason, count in self.restarts.items():
            yield known.RESTARTS.name, (reason.value,), count
        for result, count in self.reloads.items():
            yield known.RELOADS.name, (result.value,), count
        yield known.RELOADED.name, (), int(self.last_ok)
        yield known.RELOAD_TIME.name, (), self.loaded
        yield known.RELOAD_TOOK.name, (), self.took
