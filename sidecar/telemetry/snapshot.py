"""Snapshot: one worker's numbers as plain values that travel between processes.

A row is `(family, labels, value)`; the value of a histogram is a list, its sum
and then its buckets. Rows are read in batches that let the event loop turn in
between, and travel as JSON, a batch a line.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from itertools import chain, islice

from sidecar.telemetry.families import BY_NAME
from sidecar.telemetry.family import Kind

Labels = tuple[str, ...]
Value = float | list[float]
Row = tuple[str, Labels, Value]
Snapshot = dict[str, dict[Labels, Value]]
"""Families by name; of each, its series by the values of their labels."""
Reading = Callable[[], Iterable[Row]]

# Rows of one batch: a fifth of a millisecond to read.
BATCH = 200


async def batches(readings: Iterable[Reading]) -> AsyncIterator[list[Row]]:
    """Read everything, and let the event loop turn between batches."""
    rows = chain.from_iterable(reading() for reading in readings)
    while batch := list(islice(rows, BATCH)):
        yield batch
        await asyncio.sleep(0)


async def taken(readings: Iterable[Reading]) -> Snapshot:
    """Read everything into one snapshot."""
    found: Snapshot = {}
    async for batch in batches(readings):
        add(found, batch)
    return found


def add(snapshot: Snapshot, rows: Iterable[Row]) -> None:
    """Put rows in; the later of two for one series wins."""
    for name, labels, value in rows:
        snapshot.setdefault(name, {})[labels] = value


def encode(rows: Iterable[Row]) -> bytes:
    """Return one line of JSON."""
    return json.dumps(list(rows), separators=(",", ":")).encode("ascii") + b"\n"


def decode(line: bytes) -> list[Row]:
    """Return the rows of a line of `encode`; families unknown here are left out.

    Raises:
        ValueError: it is no such line.
    """
    try:
        return list(_rows(json.loads(line)))
    except (ValueError, TypeError, RecursionError) as error:
        raise ValueError(f"no batch of rows: {line[:100]!r}") from error


def _rows(found: list[tuple[str, list[str], Value]]) -> Iterator[Row]:
    for name, labels, value in found:
        family = BY_NAME.get(name)
        if family is None:
            continue
        if family.kind is Kind.HISTOGRAM:
            fits = isinstance(value, list) and len(value) == len(family.bounds) + 2
        else:
            fits = isinstance(value, int | float)
        if not fits:
            raise ValueError(name)
        yield name, tuple(map(str, labels)), value
