"""Feed: a response that comes in once and is read by several, each in its own time.

Up to `limit` everything is kept, for whoever joins later and for the store. What
grows beyond is not stored: nobody joins any more, what all have read is dropped,
and the slowest reader holds back whoever fills it.
"""

import asyncio
from typing import TYPE_CHECKING

from sidecar.errors import SidecarError
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Bytes, Instant, Seconds

if TYPE_CHECKING:
    from sidecar.storage.entry import Stored

# How far the fastest may be ahead of the slowest, once not all is kept.
WINDOW: Bytes = 128 * 1024
# What one read returns, roughly: who reads late has it all in front of them.
PIECE: Bytes = 64 * 1024


class Feed:
    """Filled by one task with `put`, then `end` or `fail`."""

    def __init__(self, head: ResponseHead, limit: Bytes) -> None:
        self.head = head
        self.ended = False
        self.error: SidecarError | None = None
        self.names: tuple[bytes, ...] = ()
        self.suffix = b""
        """What `policy.vary` makes of its request: others' must be equal."""
        self.entry: Stored | None = None
        """What is to be stored, without its content; only of what may be joined."""
        self._limit = limit
        self._parts: list[bytes] = []
        self._dropped = 0
        self._size: Bytes = 0
        self._readers: set[Reader] = set()
        self._news: set[asyncio.Future[None]] = set()

    @property
    def is_whole(self) -> bool:
        """Nothing was dropped: it may be joined, and stored when it ended."""
        return self._size <= self._limit

    @property
    def is_wanted(self) -> bool:
        """Somebody reads it, or the store will have it."""
        return self.is_whole or bool(self._readers)

    @property
    def content(self) -> bytes:
        return b"".join(self._parts)

    async def put(self, data: bytes) -> None:
        """Add what arrived; waits for slow readers where it is too large to keep."""
        if not data:
            return
        self._parts.append(data)
        self._size += len(data)
        self.look()
        if not self.is_whole:
            self._drop()
            while self._readers and self._ahead() > WINDOW:
                await self._wait(None)
                self._drop()

    def end(self) -> None:
        self.ended = True
        self.look()

    def fail(self, error: SidecarError) -> None:
        """It broke off; what was read is all there is."""
        self.error = error
        self.look()

    def reader(self) -> "Reader":
        """Read from the beginning; only while `is_whole`."""
        reader = Reader(self)
        self._readers.add(reader)
        return reader

    def leave(self, reader: "Reader") -> None:
        self._readers.discard(reader)
        self.look()

    def take(self, reader: "Reader") -> bytes:
        """What is there and was not read by this reader."""
        at = end = reader.at - self._dropped
        size = 0
        while end < len(self._parts) and size < PIECE:
            size += len(self._parts[end])
            end += 1
        reader.at += end - at
        if not self.is_whole:
            self.look()
        return b"".join(self._parts[at:end])

    def unread(self, reader: "Reader") -> bool:
        return reader.at < self._dropped + len(self._parts)

    async def wait(self, reader: "Reader") -> None:
        """Return when there is more for the reader, or an end, or it is nudged.

        Raises:
            SidecarError: it broke off.
        """
        while not (self.unread(reader) or self.ended or reader.is_nudged):
            if self.error is not None:
                raise self.error
            await self._wait(reader)
        reader.is_nudged = False

    def _drop(self) -> None:
        if not self._readers:
            self._dropped += len(self._parts)
            self._parts.clear()
            return
        read_by_all = min(reader.at for reader in self._readers) - self._dropped
        if read_by_all > 0:
            del self._parts[:read_by_all]
            self._dropped += read_by_all

    def _ahead(self) -> Bytes:
        slowest = min(reader.at for reader in self._readers) - self._dropped
        return sum(map(len, self._parts[slowest:]))

    async def _wait(self, _who: object) -> None:
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._news.add(future)
        try:
            await future
        finally:
            self._news.discard(future)

    def look(self) -> None:
        """Let all who wait look again."""
        for future in self._news:
            if not future.done():
                future.set_result(None)


class Reader:
    """One who reads along; in the shape of an upstream connection's body."""

    __slots__ = ("_feed", "at", "is_nudged")

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.at = 0
        self.is_nudged = False

    @property
    def ended(self) -> bool:
        return self._feed.ended and not self._feed.unread(self)

    def whole(self) -> ResponseHead | None:
        feed = self._feed
        return feed.head if feed.ended and not self.at and feed.is_whole else None

    def take(self) -> bytes:
        return self._feed.take(self)

    async def read(self, _silence: Seconds, _until: Instant = NEVER) -> bytes:
        """Return the next bytes; empty at the end, or after `hurry`.

        Raises:
            SidecarError
        """
        await self._feed.wait(self)
        return self._feed.take(self)

    def gather(self) -> None:
        """It is gathered already, for all who read."""

    def hurry(self) -> None:
        """Time is up for who waits."""
        self.is_nudged = True
        self._feed.look()

    def release(self) -> None:
        self._feed.leave(self)

    discard = release
