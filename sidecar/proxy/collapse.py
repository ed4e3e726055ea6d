"""Collapse: one fetch for all who want the same at the same time.

    join ─┬─▶ leads: fetches for everybody, and settles
          └─▶ follows: waits for one of
                 AGAIN   something is stored: look it up
                 LEAD    the leader left; you fetch now
                 ALONE   the answer cannot be shared: everybody for themselves
                 a Feed  the answer is coming in: read along
              or for the error that the leader met

Followers are woken, not polled. A leader that leaves hands over to one of them;
one that fails does so once, and a second failure is everybody's.
"""

import asyncio
from collections import deque
from enum import Enum, auto
from typing import TYPE_CHECKING, TypeAlias

from sidecar.errors import SidecarError
from sidecar.proxy.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable

# A second failure in a row says that the next one would fail as well.
MOST_FAILURES = 2


class Turn(Enum):
    AGAIN = auto()
    LEAD = auto()
    ALONE = auto()


Outcome: TypeAlias = Turn | Feed


class Flight:
    """One fetch, and who waits for it. Settled once, whatever happens."""

    __slots__ = ("_failures", "_flights", "_waiting", "feed", "key", "over")

    def __init__(self, key: bytes, flights: dict[bytes, "Flight"]) -> None:
        self.key = key
        self.feed: Feed | None = None
        """Those who come later read along from its beginning."""
        self.over: Callable[[], None] | None = None
        """Called once, when it has ended."""
        self._flights = flights
        self._waiting: deque[asyncio.Future[Outcome]] = deque()
        self._failures = 0

    @property
    def followers(self) -> int:
        return len(self._waiting)

    async def outcome(self) -> Outcome:
        """Wait for how it ends.

        Raises:
            SidecarError: what the leader met, and would be met again.
        """
        if self.feed is not None:
            return self.feed
        future: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            return await future
        except asyncio.CancelledError:
            # It was our turn, and we leave: it is the next one's.
            if (
                not future.cancelled()
                and future.exception() is None
                and future.result() is Turn.LEAD
            ):
                self.hand_over()
            raise

    def settle(self, turn: Turn) -> None:
        """The answer is stored, or cannot be shared."""
        self._close()
        for future in self._take():
            future.set_result(turn)

    def stream(self, feed: Feed) -> None:
        """The answer is coming in; who comes until it is stored reads along."""
        self.feed = feed
        for future in self._take():
            future.set_result(feed)

    def hand_over(self) -> None:
        """The leader left without an answer."""
        while self._waiting:
            future = self._waiting.popleft()
            if not future.done():
                future.set_result(Turn.LEAD)
                return
        self._close()

    def fail(self, error: SidecarError) -> None:
        """The leader met an error that others may not meet."""
        self._failures += 1
        if self._failures < MOST_FAILURES:
            self.hand_over()
            return
        self._close()
        for future in self._take():
            future.set_exception(error)

    def _close(self) -> None:
        if self._flights.get(self.key) is self:
            del self._flights[self.key]
        over, self.over = self.over, None
        if over is not None:
            over()

    def _take(self) -> list[asyncio.Future[Outcome]]:
        waiting = [future for future in self._waiting if not future.done()]
        self._waiting.clear()
        return waiting


class Flights:
    """What is being fetched now, by key."""

    def __init__(self) -> None:
        self._flights: dict[bytes, Flight] = {}

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, key: bytes) -> bool:
        return key in self._flights

    def get(self, key: bytes) -> Flight | None:
        return self._flights.get(key)

    def lead(self, key: bytes) -> Flight:
        """Begin a fetch that others may join; there must be none."""
        flight = self._flights[key] = Flight(key, self._flights)
        return flight
