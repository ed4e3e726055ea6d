"""Redis limits: rate limits that all pods share; the buckets are in the server.

One script takes from all buckets of a request or from none, by the server's clock.
It answers with what was there before, and `policy.rate_limit` says what follows:
the same sums, so that the verdict here is what was written there. Calls of one turn
of the loop go out together. The buckets of one scope (a route) share a hash slot.

A bucket is the time at which it is full, and the time of its writing: where the clock
was set back since, or another server with another clock has taken over, what there
was to wait then is what there is to wait now.
"""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Final

from sidecar.policy.rate_limit import SLACK, Charge, Verdict, judge
from sidecar.storage.redis_lane import Reply
from sidecar.storage.redis_link import RedisLink, Script
from sidecar.storage.remote import Unreachable

_DIGEST: Final = 16

# Numbers travel as text: Redis cuts what Lua returns down to integers.
_BUCKETS: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local before, after, over = {}, {}, false
local function keep(key, full)
  local left = math.max(1, math.ceil((full - now) * 1000))
  redis.call('SET', key, string.format('%.17g %.17g', full, now), 'PX', left)
end
for i, key in ipairs(KEYS) do
  local interval = tonumber(ARGV[3 * i - 1])
  local tolerance = tonumber(ARGV[3 * i])
  local cost = tonumber(ARGV[3 * i + 1])
  local full, at = string.match(redis.call('GET', key) or '', '^(%S+) ?(%S*)$')
  full, at = tonumber(full) or 0, tonumber(at) or now
  if at > now then
    full = full - (at - now)
    if full > now then keep(key, full) end
  end
  before[i] = string.format('%.17g', full)
  if full < now then full = now end
  after[i] = full + interval * cost
  if after[i] - now - tolerance > tonumber(ARGV[1]) then over = true end
end
if not over then
  for i, key in ipairs(KEYS) do
    keep(key, after[i])
  end
end
return { string.format('%.17g', now), before }
"""
_SPEND: Final = Script(_BUCKETS)
# What was done costs what it cost, whatever is left.
_ALWAYS: Final = 1e300


class RedisLimits:
    """`Unreachable` is for the caller: the route says what holds then."""

    def __init__(self, link: RedisLink, prefix: bytes, scope: bytes) -> None:
        self._link = link
        self._prefix = prefix + b"r:{" + _hex(scope) + b"}:"

    async def spend(self, charges: Sequence[Charge]) -> Verdict:
        """Take from all buckets, or from none.

        Raises:
            Unreachable: the server did not say in time.
        """
        now, before = await self._run(charges, SLACK)
        return judge(before, charges, now)

    async def settle(self, charge: Charge) -> None:
        """Take what it cost in the end; a bucket may go into debt.

        Raises:
            Unreachable: as `spend`.
        """
        await self._run([charge], _ALWAYS)

    async def _run(
        self, charges: Sequence[Charge], slack: float
    ) -> tuple[float, list[float]]:
        keys = [self._prefix + _hex(charge.key) for charge in charges]
        words = [
            repr(number)
            for charge in charges
            for number in (charge.limit.interval, charge.limit.tolerance, charge.cost)
        ]
        reply = await self._link.run(_SPEND, keys, repr(slack), *words)
        now, before = self._link.read(reply, _numbers)
        if len(before) != len(charges):
            raise Unreachable
        return now, before


def _numbers(reply: Reply) -> tuple[float, list[float]]:
    """What the script returns.

    Raises:
        ValueError, TypeError: it does not return that.
    """
    now, before = reply
    return float(now), [float(one) for one in before]


def _hex(key: bytes) -> bytes:
    return blake2b(key, digest_size=_DIGEST).hexdigest().encode()
