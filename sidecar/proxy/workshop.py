"""Workshop: threads for what would hold up the event loop.

The codecs let go of the interpreter while they work. Who cannot, as a parser, works
`alone`, one at a time: two of them would let the event loop wait for both. What
waits is bounded: a caller asks whether there is room, and does with less where
there is none. Where no thread can be had at all (a limit of processes), work is done
where it is asked for.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# One is enough for what a worker's clients can take; two do not wait for each other.
THREADS = 2
MOST_WAITING = 16


class _Threads:
    """So many at most, begun when they are needed."""

    def __init__(self, most: int, name: str) -> None:
        self._most = most
        self._name = name
        self._pool = self._new()

    def begin(self, work: Callable[[], T]) -> Future[T] | None:
        """What will come of it; None: no thread can be had."""
        try:
            return self._pool.submit(work)
        except RuntimeError:
            # It has queued the work all the same, and would keep it.
            self._pool.shutdown(wait=False)
            self._pool = self._new()
            return None

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _new(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(self._most, thread_name_prefix=self._name)


class Workshop:
    def __init__(self, threads: int = THREADS, most: int = MOST_WAITING) -> None:
        self._threads = _Threads(threads, "workshop")
        self._lone = _Threads(1, "workshop-lone")
        self._most = most
        self._here = 0

    @property
    def has_room(self) -> bool:
        return self._here < self._most

    async def run(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._done(self._threads, partial(work, *args, **kwargs))

    async def run_alone(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._done(self._lone, partial(work, *args, **kwargs))

    async def _done(self, threads: _Threads, work: Callable[[], T]) -> T:
        future = threads.begin(work)
        if future is None:
            return work()
        self._here += 1
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._here -= 1

    def close(self) -> None:
        """Let go of the threads; nothing new is begun."""
        self._threads.close()
        self._lone.close()
