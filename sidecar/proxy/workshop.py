"""Workshop: threads for what would hold up the event loop.

The codecs let go of the interpreter while they work. Who cannot, as a parser, works
`alone`, one at a time: two of them would let the event loop wait for both. What
waits is bounded: a caller asks whether there is room, and does with less where
there is none.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

# One is enough for what a worker's clients can take; two do not wait for each other.
THREADS = 2
MOST_WAITING = 16


class Workshop:
    def __init__(self, threads: int = THREADS, most: int = MOST_WAITING) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="workshop")
        self._lone = ThreadPoolExecutor(1, thread_name_prefix="workshop-lone")
        self._most = most
        self._here = 0

    @property
    def has_room(self) -> bool:
        return self._here < self._most

    async def run(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._done(self._pool.submit(work, *args, **kwargs))

    async def run_alone(
        self, work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        return await self._done(self._lone.submit(work, *args, **kwargs))

    async def _done(self, future: Future[T]) -> T:
        self._here += 1
        try:
            return await asyncio.wrap_future(future)
        finally:
            self._here -= 1

    def close(self) -> None:
        """Let go of the threads; nothing new is begun."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._lone.shutdown(wait=False, cancel_futures=True)
