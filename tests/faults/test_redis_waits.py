"""D1, D2: what an outage of Redis costs is counted, not timed.

Each turn that failed took as long as the budget: their number is the delay that all
requests together had, on a machine of any speed.
"""

from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest

from sidecar.policy.reuse import Forward
from sidecar.proxy.abroad import Abroad
from sidecar.proxy.clock import Clock
from sidecar.proxy.collapse import Flights
from sidecar.proxy.looked_up import LookedUp
from sidecar.storage.envelope import Envelope
from sidecar.storage.epochs import Epochs
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.leases import Leases
from sidecar.storage.memory import Memory
from sidecar.storage.outage import FAILURES
from sidecar.storage.redis_lease import RedisLeases
from sidecar.storage.redis_link import RedisLink
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.redis_tier import RedisTier
from sidecar.storage.seal import Checksum
from sidecar.storage.tiers import Tiers
from sidecar.units import NEVER
from tests.harness.valkey import Valkey
from tests.proxy.script import request
from tests.storage.pods import PREFIX, linked

if TYPE_CHECKING:
    from sidecar.proxy.exchange import Exchange

REQUESTS = 50


def abroad_by(link: RedisLink) -> Abroad:
    clock = Clock()
    epochs = Epochs.of_one_process(clock.wall())
    purges = RedisPurges(link, PREFIX, epochs, clock.wall)
    tier = RedisTier(link, PREFIX, Envelope(Checksum()), purges)
    store = Tiers(Memory(1 << 20), epochs, clock, remote=tier)
    leases = Leases(clock, None, RedisLeases(link, PREFIX))
    return Abroad(store, HeldLeases(leases, clock))


def _nothing(_entry: object, _now: object) -> None:
    """What another has is of no use."""


async def ask(abroad: Abroad, number: int) -> None:
    """As much of a request as looks for what others have, and finds nothing."""
    key = b"http://a/%d" % number
    found = LookedUp(Forward.URI_MISS, key, key, key)
    found.flight = Flights().lead(key)
    one = cast("Exchange", SimpleNamespace(due=NEVER, request=request()))
    clock = Clock()
    await abroad.answer(one, found, clock.now, _nothing)
    found.flight.hand_over()


@pytest.mark.parametrize("evil", ["freeze", "kill"])
async def test_an_outage_is_waited_for_by_the_first_and_by_nobody_later(evil):
    with Valkey() as server:
        async with linked(server.url, 0.2) as link:
            abroad = abroad_by(link)
            await ask(abroad, 0)
            getattr(server, evil)()
            for number in range(REQUESTS):
                await ask(abroad, number)
            assert not link.is_up
            # Some that nobody waited for, and a probe or two.
            assert FAILURES <= link.faults.total() <= FAILURES + 3
