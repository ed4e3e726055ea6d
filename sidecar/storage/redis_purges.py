"""Redis purges: the purges of all pods, as one sorted set in the store they share.

    member   what is purged, as `storage.purge_members` has it
    score    its number: microseconds of the server's clock, each higher than before
    F, B     before these numbers purges are forgotten; the set was begun

One set, so that the server loses all of it or nothing. It is bounded: what is
trimmed raises F, and counts as a purge of everything older. Who reads looks for
what is newer than they know, with each turn and once a second.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final

from sidecar.storage.entry import Stored
from sidecar.storage.epochs import Epochs
from sidecar.storage.labels import Cut
from sidecar.storage.patterns import PLACES, Purged
from sidecar.storage.purge_members import Purges, cut_of, members
from sidecar.storage.redis_lane import Reply
from sidecar.storage.redis_link import RedisLink, Script
from sidecar.storage.remote import Unreachable
from sidecar.units import Timestamp

MOST: Final = 20_000
"""Members of the set."""
# Purges that wait for the server; more are one of everything.
_MOST_WAITING: Final = 1000
_EVERYTHING: Final = Cut(everything=True)
# What scores tell apart.
_HIGHEST: Final = 1 << 53

_PUBLISH: Final = Script("""
local set, most = KEYS[1], tonumber(ARGV[1])
local time = redis.call('TIME')
local number = time[1] * 1000000 + time[2]
local last = redis.call('ZREVRANGE', set, 0, 0, 'WITHSCORES')[2]
if not last then
  redis.call('ZADD', set, string.format('%.0f', number), 'B')
  last = number
end
number = math.max(number, tonumber(last) + 1)
local score = string.format('%.0f', number)
for i = 2, #ARGV do redis.call('ZADD', set, score, ARGV[i]) end
local over = redis.call('ZCARD', set) - most
if over > 0 then
  local begun = redis.call('ZSCORE', set, 'B')
  redis.call('ZREM', set, 'B', 'F')
  local gone = redis.call('ZPOPMIN', set, over)
  redis.call('ZADD', set, gone[#gone], 'F')
  if begun then redis.call('ZADD', set, begun, 'B') end
end
return score
""")
_NEWER: Final = Script("""
local set = KEYS[1]
if redis.call('EXISTS', set) == 0 then
  local time = redis.call('TIME')
  redis.call('ZADD', set, string.format('%.0f', time[1] * 1000000 + time[2]), 'B')
end
return {
  redis.call('ZSCORE', set, 'B') or '0',
  redis.call('ZSCORE', set, 'F') or '0',
  redis.call('ZRANGEBYSCORE', set, '(' .. ARGV[1], '+inf', 'WITHSCORES'),
}
""")


class RedisPurges:
    """`known` is the newest purge that was read; 0: none ever."""

    def __init__(
        self,
        link: RedisLink,
        prefix: bytes,
        epochs: Epochs,
        wall: Callable[[], Timestamp],
        *,
        most: int = MOST,
    ) -> None:
        self._link = link
        self._set = prefix + b"{purges}"
        self._epochs = epochs
        self._wall = wall
        self._most = most
        self._purges = Purges(most)
        # A restart with its epochs kept has missed what came meanwhile.
        self.known = epochs.followed
        self._waiting: deque[tuple[Cut, int]] = deque()
        self._publishing = asyncio.Lock()
        self._reading: asyncio.Task[None] | None = None

    @property
    def is_behind(self) -> bool:
        """Whether the server does not know yet what is purged on this host."""
        return bool(self._waiting) or self._epochs.owes(self._wall())

    def add(self, cut: Cut) -> None:
        """Have it published; first what came before. To be called before it is
        carried out here: what the server has is then looked at with other eyes.
        """
        if len(self._waiting) >= _MOST_WAITING:
            self._waiting.clear()
            cut = _EVERYTHING
        self._waiting.append((cut, self._epochs.owe(self._wall())))

    async def publish(self) -> bool:
        """Publish what waits; whether all of it was."""
        async with self._publishing:
            while self._waiting:
                first = cut, debt = self._waiting[0]
                said = list(members(cut))
                try:
                    reply = await self._link.run(
                        _PUBLISH, [self._set], self._most, *said
                    )
                    number = self._link.read(reply, _number)
                except Unreachable:
                    return False
                if self._waiting and self._waiting[0] is first:
                    self._waiting.popleft()
                self._epochs.pay(debt, number)
        return True

    async def read(self) -> None:
        """Learn what is new; those who ask in one turn of the loop share an answer.

        A question that was asked before is not theirs: the answer may be of a time
        when what they know already was not known to the server.

        Raises:
            Unreachable: it is not known whether anything is.
        """
        if self._reading is None:
            loop = asyncio.get_running_loop()
            asked = self._link.run(_NEWER, [self._set], b"%d" % self.known)
            self._reading = loop.create_task(self._read(asked))
            self._reading.add_done_callback(_was_read)
            loop.call_soon(self._leave)
        await asyncio.shield(self._reading)

    def newest(self, entry: Stored, since: int) -> Purged:
        """Return the newest purges after `since` that are meant for it."""
        return self._purges.newest(entry, since)

    async def _read(self, asked: Awaitable[Reply]) -> None:
        try:
            reply = await asked
        finally:
            del asked  # as in `redis_link`
        self._take(*self._link.read(reply, _news))

    def _leave(self) -> None:
        self._reading = None

    def _take(self, begun: int, floor: int, found: Sequence[tuple[bytes, int]]) -> None:
        # What was written before the set was begun may have been purged in another.
        self._purges.floor = max(self._purges.floor, begun, floor)
        purges: list[tuple[int, Cut]] = []
        if 0 < self.known < floor:
            purges.append((floor, _EVERYTHING))  # some of what was missed is lost
        for member, number in found:
            cut = cut_of(member)
            if cut is not None:
                self._purges.add(member, number)
                purges.append((number, cut))
            self.known = max(self.known, number)
        self.known = max(self.known, begun, floor)
        if purges:
            self._epochs.follow(_with_room(purges), self._wall())


def _with_room(purges: Sequence[tuple[int, Cut]]) -> Iterator[tuple[int, Cut]]:
    """Make one of everything of the patterns that others displace at once, which is
    what becomes of them, without the time that it takes to write down each.
    """
    over = sum(bool(cut.patterns) for _, cut in purges) - PLACES
    soft = True
    for number, cut in purges:
        if over > 0 and cut.patterns:
            over -= 1
            soft = soft and cut.soft
            if not over:
                yield number, Cut(everything=True, soft=soft)
        else:
            yield number, cut


def _was_read(reading: asyncio.Task[None]) -> None:
    if not reading.cancelled():
        reading.exception()  # whoever asked was told


def _news(reply: Reply) -> tuple[int, int, Sequence[tuple[bytes, int]]]:
    """What `_NEWER` returns.

    Raises:
        ValueError, TypeError: it does not return that.
    """
    begun, floor, found = reply
    flat = iter(found)
    pairs = [(_name(one), _number(at)) for one, at in zip(flat, flat, strict=True)]
    return _number(begun), _number(floor), pairs


def _name(reply: Reply) -> bytes:
    if not isinstance(reply, bytes):
        raise TypeError
    return reply


def _number(reply: Reply) -> int:
    number = int(reply)
    if not 0 <= number <= _HIGHEST:
        raise ValueError
    return number
