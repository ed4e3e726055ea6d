"""Gathering: all numbers of the sidecar at one moment, however many workers.

One scrape at a time: who asks while another is under way waits for its turn.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from itertools import chain

from sidecar.telemetry.snapshot import Reading, Row, Snapshot, add, taken
from sidecar.telemetry.totals import merged

ALONE = "1"


class Gathering:
    """`workers` gives the merged snapshot; `host` is read beside it, in a thread."""

    def __init__(
        self, workers: Callable[[], Awaitable[Snapshot]], host: Iterable[Reading]
    ) -> None:
        self._workers = workers
        self._host = tuple(host)
        self._turn = asyncio.Lock()

    async def __call__(self) -> Snapshot:
        async with self._turn:
            snapshot = await self._workers()
            add(snapshot, await asyncio.to_thread(self._beside))
            return snapshot

    def _beside(self) -> list[Row]:
        return list(chain.from_iterable(reading() for reading in self._host))


def alone(readings: Iterable[Reading]) -> Callable[[], Awaitable[Snapshot]]:
    """`workers` of a sidecar that is one process."""
    readings = tuple(readings)

    async def snapshot() -> Snapshot:
        return merged([(ALONE, await taken(readings))])

    return snapshot
