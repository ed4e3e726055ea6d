"""Parts: what single parts of the sidecar cost, in CPU time of one thread.

    python -m benchmarks.parts

Each figure is the best of some rounds, which other programs disturb least.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import Any

from sidecar.policy.rate_limit import Charge, Limit
from sidecar.storage.ledger import Ledger
from sidecar.storage.ledger_file import SIZE
from sidecar.storage.scratch import scratch
from sidecar.storage.shared_buckets import SharedBuckets
from sidecar.telemetry.exposition import BATCH as LINES
from sidecar.telemetry.exposition import render
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.readings import counted
from sidecar.telemetry.snapshot import BATCH, Snapshot, add, decode, encode
from sidecar.telemetry.totals import Totals
from sidecar.units import Instant, Seconds

ROUNDS = 7
KEYS = 10_000
WORKERS = 8
OPEN = "application/openmetrics-text;version=1.0.0"


@dataclass(frozen=True, slots=True)
class Figure:
    """`goal` in the same unit as `spent`; None: for information."""

    part: str
    spent: float
    unit: str
    goal: float | None = None

    def __str__(self) -> str:
        goal = "" if self.goal is None else f"   at most {self.goal:g}"
        return f"{self.part:<58}{self.spent:>9.2f} {self.unit}{goal}"


def best(work: Callable[[], object], times: int = 1) -> Seconds:
    """CPU time of one call, in the best round; `work` does it `times` times."""
    found = float("inf")
    for _ in range(ROUNDS):
        before = time.thread_time()
        work()
        found = min(found, (time.thread_time() - before) / times)
    return found


def of_the_ledger() -> Iterator[Figure]:
    """What workers share: one counter, one number read, one value read."""
    keys = [b"user %d" % number for number in range(KEYS)]
    limit = Limit.of("ten", 10, 1.0)
    charges = [[Charge(key, limit)] for key in keys]
    now = Instant(1000.0)
    with scratch(SIZE) as folder:
        ledger = Ledger(folder / "ledger")
        ledger.put(b"breaker", b"open", now)
        buckets = SharedBuckets(ledger)
        works: tuple[tuple[str, Callable[[bytes], object], float | None], ...] = (
            ("a counter, read and written", ledger.add, 8.0),
            ("a number read", ledger.number, 5.0),
            ("a value read", lambda _: ledger.value(b"breaker", now), 5.0),
        )
        for part, work, goal in works:
            spent = best(partial(_each, work, keys), KEYS) * 1e6
            yield Figure(f"ledger: {part}", spent, "µs", goal)
        spent = best(partial(_each, lambda one: buckets.spend(one, now), charges), KEYS)
        yield Figure("ledger: a rate limit judged", spent * 1e6, "µs")
        ledger.close()


def _each(work: Callable[[Any], object], things: list[Any]) -> None:
    for thing in things:
        work(thing)


def of_a_scrape() -> Iterator[Figure]:
    """5,000 series: what a worker does for them, and what the one who is asked."""
    metrics = _busy()
    line = encode(counted(metrics))
    snapshot: Snapshot = {}
    add(snapshot, decode(line))
    totals = Totals()
    for number in range(WORKERS):
        totals.join(str(number), str(number))
        totals.update(str(number), snapshot)
    whole = totals.merged()
    lines = render(whole, "")[0].count(b"\n")
    name, series = max(whole.items(), key=lambda family: len(family[1]))
    for part, work, goal in (
        (
            "worker: one batch, the longest that its loop is held up",
            lambda: encode(islice(counted(metrics), BATCH)),
            5.0,
        ),
        ("worker: everything", lambda: encode(counted(metrics)), None),
        (f"asked: read the rows of {WORKERS} workers", lambda: _decoded(line), None),
        (f"asked: add up {WORKERS} workers", totals.merged, None),
        (
            "asked: one batch of lines, the longest that it is held up",
            lambda: render({name: dict(islice(series.items(), LINES))}, ""),
            5.0,
        ),
        (f"asked: {lines} lines of text", lambda: render(whole, ""), 50.0),
        (f"asked: {lines} lines of OpenMetrics", lambda: render(whole, OPEN), 50.0),
    ):
        yield Figure(part, best(work) * 1e3, "ms", goal)


def _decoded(line: bytes) -> None:
    for _ in range(WORKERS):
        decode(line)


def _busy() -> Metrics:
    metrics = Metrics()
    for name in range(27):
        route = metrics.route(f"route-{name}")
        for status in range(200, 210):
            histogram = route.series(b"GET", status)
            for number in range(100):
                histogram.observe(number / 50)
    return metrics


def main() -> int:
    """Measure and print; the exit status says whether the goals are met."""
    missed = 0
    for figures in (of_the_ledger(), of_a_scrape()):
        for figure in figures:
            missed += figure.goal is not None and figure.spent > figure.goal
            print(figure, flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main())
