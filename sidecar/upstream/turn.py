"""Turn: the place in line of one who waits for a connection to an upstream."""

import asyncio

from sidecar.errors import PoolExhausted
from sidecar.units import NEVER, Instant
from sidecar.upstream.pool import Pool, Pooled


class Turn:
    """A place in line; its end is a connection, or a slot to open one in."""

    __slots__ = ("due", "ended")

    def __init__(self, due: Instant) -> None:
        self.due = due
        self.ended: asyncio.Future[tuple[Pool, Pooled | None]]
        self.ended = asyncio.get_running_loop().create_future()

    def offer(self, pool: Pool, connection: Pooled | None) -> bool:
        if self.ended.done():
            return False
        self.ended.set_result((pool, connection))
        return True

    def give_back(self) -> None:
        """Whoever waited was cancelled; what it was given goes to the next."""
        if not self.ended.done() or self.ended.cancelled() or self.ended.exception():
            return
        pool, pooled = self.ended.result()
        if pooled is None:
            pool.abandoned()
        else:
            pooled.give_back()

    def expire(self, now: Instant) -> None:  # noqa: ARG002
        self.due = NEVER
        if not self.ended.done():
            self.ended.set_exception(PoolExhausted())
