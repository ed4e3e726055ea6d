"""D1, D2: what an outage of Redis costs is counted, not timed.

Each turn that failed took as long as the budget: their number is the delay that all
requests together had, on a machine of any speed.
"""

import asyncio
import gc
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from sidecar.policy.rate_limit import Charge, Limit
from sidecar.policy.reuse import Forward
from sidecar.proxy.clock import Clock
from sidecar.proxy.collapse import Flights
from sidecar.proxy.leasing import Leasing
from sidecar.proxy.looked_up import LookedUp
from sidecar.storage.envelope import Envelope
from sidecar.storage.epochs import Epochs
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.leases import Leases
from sidecar.storage.memory import Memory
from sidecar.storage.outage import FAILURES
from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_lease import RedisLeases
from sidecar.storage.redis_limits import RedisLimits
from sidecar.storage.redis_link import RedisLink
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.redis_tier import RedisTier
from sidecar.storage.remote import Unreachable
from sidecar.storage.seal import Checksum
from sidecar.storage.tiers import Tiers
from sidecar.units import NEVER
from tests.harness.valkey import Valkey
from tests.proxy.script import request
from tests.storage.pods import PREFIX, linked, now

if TYPE_CHECKING:
    from sidecar.proxy.exchange import Exchange

REQUESTS = 50
BUDGET = 0.5


def leasing_by(link: RedisLink) -> Leasing:
    clock = Clock()
    epochs = Epochs.of_one_process(clock.wall())
    purges = RedisPurges(link, PREFIX, epochs, clock.wall)
    tier = RedisTier(link, PREFIX, Envelope(Checksum()), purges)
    store = Tiers(Memory(1 << 20), epochs, clock, remote=tier)
    leases = Leases(clock, None, RedisLeases(link, PREFIX))
    return Leasing(store, HeldLeases(leases, clock))


class Diary:
    """A client that writes down what the server is asked."""

    def __init__(self, client: Any) -> None:
        self.asked: list[str] = []
        self._client = client
        self.aclose = client.aclose

    def pipeline(self, **options: Any) -> Any:
        pipeline = self._client.pipeline(**options)
        carry_out = pipeline.execute_command

        def noted(*words: Any) -> Any:
            self.asked.append(str(words[0]))
            return carry_out(*words)

        pipeline.execute_command = noted
        return pipeline


def _nothing(_entry: object, _now: object) -> None:
    """What another has is of no use."""


async def ask(leasing: Leasing, number: int) -> None:
    """As much of a request as looks for what others have, and finds nothing."""
    key = b"http://a/%d" % number
    found = LookedUp(Forward.URI_MISS, key, key, key)
    found.flight = Flights().lead(key)
    one = cast("Exchange", SimpleNamespace(due=NEVER, request=request()))
    clock = Clock()
    await leasing.answer(one, found, clock.now, _nothing)
    found.flight.hand_over()


@pytest.mark.parametrize("evil", ["freeze", "kill"])
async def test_an_outage_is_waited_for_by_the_first_and_by_nobody_later(evil):
    with Valkey() as server:
        async with linked(server.url, BUDGET) as link:
            leasing = leasing_by(link)
            await ask(leasing, 0)
            getattr(server, evil)()
            for number in range(REQUESTS):
                await ask(leasing, number)
            assert not link.is_up
            # Some that nobody waited for, and a probe or two.
            assert FAILURES <= link.faults.total() <= FAILURES + 3


async def spend(limits: RedisLimits) -> None:
    limit = Limit.of("limit", 10, 1.0)
    with pytest.raises(Unreachable):
        await limits.spend([Charge(b"k", limit, 1.0)])


async def test_who_is_let_down_leaves_nothing_to_the_collector():
    """An outage lasts, and each look for garbage would hold up everybody."""
    with Valkey() as server:
        async with linked(server.url, BUDGET) as link:
            leasing, limits = leasing_by(link), RedisLimits(link, PREFIX, b"scope")
            server.kill()
            while link.is_up:
                await ask(leasing, 0)
            gc.collect()
            gc.disable()
            try:
                await ask(leasing, 1)
                await spend(limits)
                left = [one for one in gc.get_objects() if type(one) is Unreachable]
            finally:
                gc.enable()
            assert left == []


async def until(link: RedisLink, *, up: bool) -> None:
    async with asyncio.timeout(60):
        while link.is_up is not up:
            await asyncio.sleep(0.005)


async def test_flapping_is_waited_for_by_a_few_each_time():
    with Valkey() as server:
        diary = Diary(redis_client(server.url, BUDGET))
        link = RedisLink(diary, BUDGET, now)
        leasing = leasing_by(link)
        for evil, mend in (
            (server.freeze, server.thaw),
            (server.kill, server.again),
        ) * 2:
            await until(link, up=True)
            await ask(leasing, 0)
            evil()
            delayed = 0
            while link.is_up:
                await ask(leasing, delayed)
                delayed += 1
            # Each by one budget; one may have ended just before its turn failed.
            assert delayed <= 2 * FAILURES
            asked = len(diary.asked)
            for number in range(REQUESTS):
                await ask(leasing, number)
            assert not link.is_up
            assert set(diary.asked[asked:]) <= {"PING"}
            mend()
        assert {"GET", "EVALSHA"} <= set(diary.asked)
        await link.close()
