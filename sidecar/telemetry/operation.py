"""Operation: what happened to the sidecar as a whole: workers, configurations.

Whoever starts workers and loads configurations knows; this says it in rows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sidecar.telemetry import host_families as known
from sidecar.telemetry.snapshot import Row
from sidecar.units import Seconds, Timestamp


@dataclass(frozen=True, slots=True)
class Operation:
    """Until now.

    workers: how many serve. restarts: since the start, by reason. reloads: since
        the start, by result. loaded: when what is in effect was; `took` how long.
    """

    loaded: Timestamp
    workers: int = 1
    generation: int = 1
    successful: bool = True
    took: Seconds = 0.0
    restarts: Mapping[str, int] = field(default_factory=dict)
    reloads: Mapping[str, int] = field(default_factory=dict)

    def rows(self) -> Iterator[Row]:
        """Rows for a merged snapshot."""
        yield known.WORKERS.name, (), self.workers
        for reason, count in self.restarts.items():
            yield known.RESTARTS.name, (reason,), count
        for result, count in self.reloads.items():
            yield known.RELOADS.name, (result,), count
        yield known.RELOADED.name, (), int(self.successful)
        yield known.RELOAD_TIME.name, (), self.loaded
        yield known.RELOAD_TOOK.name, (), self.took
        yield known.GENERATION.name, (), self.generation
