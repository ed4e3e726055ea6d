"""Quiet loop: an event loop without sockets, whose time moves when it is told to.

It knows when nothing is left to do until something new happens: `quiet` returns
then. So a test waits for no time and sees the same order of events in each run.
"""

import asyncio
import selectors
from collections.abc import Callable

from tests.differential.memory import Memory

Accept = Callable[[], asyncio.Protocol]


class _Nothing(selectors.SelectSelector):
    """Selects nothing; says that nothing was ready, in place of waiting for it."""

    def __init__(self) -> None:
        super().__init__()
        self.idle: Callable[[], None]

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout > 0:
            self.idle()
        return []


class QuietLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        selector = _Nothing()
        super().__init__(selector)
        selector.idle = self._idle
        self.now = 1000.0
        self.accept: Accept | None = None
        """What serves those that `create_connection` connects; None: refuse them."""
        self._waiter: asyncio.Future[None] | None = None

    def time(self) -> float:
        return self.now

    async def quiet(self) -> None:
        """Return when all that was begun has come as far as it gets by itself."""
        self._waiter = self.create_future()
        await self._waiter

    def _idle(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is None:
            raise RuntimeError("everything waits for something")
        waiter.set_result(None)

    async def create_connection(  # type: ignore[override]
        self, factory: Callable[[], asyncio.BaseProtocol], host: str, port: int
    ) -> tuple[Memory, asyncio.BaseProtocol]:
        await asyncio.sleep(0)
        if self.accept is None:
            raise ConnectionRefusedError(111, "Connection refused")
        ours, theirs = Memory.pair(self, ("127.0.0.1", 50000), (host, port))
        theirs.begin(self.accept())
        protocol = factory()
        ours.begin(protocol)
        return ours, protocol
