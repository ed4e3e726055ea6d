"""Totals: the numbers of all workers as one, and of those that are gone.

Counters never fall: what a worker counted stays when it ends, as far as it was
heard of, also for a successor of the process that adds them up. Gauges of a worker
that is gone go with it. One event loop writes.
"""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from sidecar.telemetry.families import BY_NAME
from sidecar.telemetry.family import Family, Kind, Over
from sidecar.telemetry.snapshot import Labels, Snapshot, Value, add, decode, encode

# Series kept of workers that are gone. Beyond, those that no living worker has
# are forgotten: routes of files long replaced.
RETIRED = 20_000


class Totals:
    """`worker` is a name that is never used again; `label` may be.

    `file`: what is kept of workers that are gone; None: in memory only.
    """

    def __init__(self, file: Path | None = None, *, retired: int = RETIRED) -> None:
        self._file = file
        self._limit = retired
        self._live: dict[str, tuple[str, Snapshot]] = {}
        self._retired: Snapshot = {}
        if file is not None:
            with suppress(OSError, ValueError):
                add(self._retired, decode(file.read_bytes()))

    def join(self, worker: str, label: str) -> None:
        """A worker has started, and is shown as `label`."""
        self._live[worker] = label, {}

    def update(self, worker: str, snapshot: Snapshot) -> None:
        """Take a worker's newest numbers; what comes after its end is ignored."""
        if worker in self._live:
            self._live[worker] = self._live[worker][0], snapshot

    def retire(self, worker: str) -> None:
        """The worker has ended: keep its counters."""
        _, last = self._live.pop(worker, ("", {}))
        for name, series in last.items():
            family = BY_NAME[name]
            if family.kind is not Kind.GAUGE:
                _merge(self._retired, family, series, "")
        if sum(map(len, self._retired.values())) > self._limit:
            self._forget()
        if self._file is not None:
            with suppress(OSError):
                self._write(self._file)

    def merged(self) -> Snapshot:
        """All workers that are and were."""
        return merged([("", self._retired), *self._live.values()])

    def _write(self, file: Path) -> None:
        """All or nothing: a reader sees the one before, or this one."""
        rows = (
            (name, labels, value)
            for name, series in self._retired.items()
            for labels, value in series.items()
        )
        new = file.with_suffix(".new")
        new.write_bytes(encode(rows))
        new.replace(file)

    def _forget(self) -> None:
        living = merged(self._live.values())
        self._retired = {
            name: {
                labels: value
                for labels, value in series.items()
                if labels in living.get(name, {})
            }
            for name, series in self._retired.items()
        }


def merged(parts: Iterable[tuple[str, Snapshot]]) -> Snapshot:
    """One snapshot of many, each with its worker's label."""
    whole: Snapshot = {}
    for label, part in parts:
        for name, series in part.items():
            _merge(whole, BY_NAME[name], series, label)
    return whole


def _merge(
    whole: Snapshot, family: Family, series: dict[Labels, Value], label: str
) -> None:
    known = whole.setdefault(family.name, {})
    if family.over is Over.EACH:
        known.update({(*labels, label): value for labels, value in series.items()})
        return
    for labels, value in series.items():
        other = known.get(labels)
        known[labels] = value if other is None else _joined(family, other, value)


def _joined(family: Family, one: Value, other: Value) -> Value:
    if isinstance(one, list) and isinstance(other, list):
        return [a + b for a, b in zip(one, other, strict=True)]
    if isinstance(one, list) or isinstance(other, list):
        raise TypeError(family.name)
    return max(one, other) if family.over is Over.MAX else one + other
