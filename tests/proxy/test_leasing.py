"""What others have or fetch: a store that all share, and leases with a diary."""

import asyncio
import itertools
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from sidecar.policy.reuse import Forward
from sidecar.proxy.collapse import Flights, Turn
from sidecar.proxy.leasing import Leasing
from sidecar.proxy.looked_up import LookedUp
from sidecar.storage.entry import Variants
from sidecar.storage.leases import Lease
from sidecar.units import Instant, Timestamp
from tests.proxy.cache_script import KEY, Shelf
from tests.proxy.script import request
from tests.storage.entries import stored

if TYPE_CHECKING:
    from sidecar.proxy.exchange import Exchange


class Leases:
    """Those of another worker, that a test gives back."""

    are_shared = True

    def __init__(self, *, taken=False, turns=3):
        self.taken = taken
        self.turns = turns
        self.diary: list[str] = []
        self.then: Any = lambda: None

    async def take(self, key):
        self.turns -= 1
        if not self.turns:
            self.taken = False
            self.then()
        self.diary.append("take" if not self.taken else "wait")
        return None if self.taken else Lease(key, b"token")

    def hold(self, _lease):
        self.diary.append("hold")

    def give_back(self, lease):
        self.diary.append("give back")


def leasing_with(shelf, leases):
    return Leasing(shelf, cast("Any", leases))


def asked():
    """As much of an exchange as is looked at."""
    return cast("Exchange", SimpleNamespace(due=100.0, request=request(), waited=0.0))


def found_nothing():
    found = LookedUp(Forward.URI_MISS, b"http://example.org/", KEY, KEY)
    found.flight = Flights().lead(KEY)
    return found


async def answer(leasing, found, *, now=0.0):
    async with asyncio.timeout(60):
        return await leasing.answer(
            asked(), found, lambda: Instant(now), lambda entry, _now: entry
        )


async def test_nobody_is_there():
    leasing = Leasing(Shelf())
    assert not leasing.is_there
    assert await answer(leasing, found_nothing()) is None


async def test_what_a_remote_tier_has():
    shelf = Shelf()
    shelf.remote = True
    shelf.elsewhere[KEY] = there = stored()
    leasing = Leasing(shelf)
    assert leasing.is_there
    assert await answer(leasing, found_nothing()) is there


async def test_a_variant_that_a_remote_tier_has():
    shelf = Shelf()
    shelf.remote = True
    shelf.elsewhere[KEY] = Variants(b"u", (b"accept",), (), Timestamp(1e10))
    found = found_nothing()
    assert await answer(Leasing(shelf), found) is None
    assert found.variant != KEY
    shelf.elsewhere[found.variant] = there = stored()
    assert await answer(Leasing(shelf), found_nothing()) is there


async def test_the_lease_is_ours_until_the_flight_has_ended():
    leases = Leases()
    leasing = leasing_with(Shelf(), leases)
    found = found_nothing()
    assert await answer(leasing, found) is None
    assert leases.diary == ["take", "hold"]
    found.flight.settle(Turn.AGAIN)
    assert leases.diary == ["take", "hold", "give back"]


@pytest.mark.parametrize("remote", [True, False])
async def test_another_fetches_it(remote):
    shelf, leases = Shelf(), Leases(taken=True)
    shelf.remote = remote
    there = stored()
    where: dict[bytes, Any] = shelf.elsewhere if remote else shelf.entries
    leases.then = lambda: where.update({KEY: there})
    assert await answer(leasing_with(shelf, leases), found_nothing()) is there
    assert leases.diary == ["wait", "wait", "take", "give back"]


@pytest.mark.parametrize("remote", [True, False])
async def test_another_put_it_there_between_the_look_and_the_lease(remote):
    shelf, leases = Shelf(), Leases(turns=1)
    shelf.remote = remote
    there = stored()
    where: dict[bytes, Any] = shelf.elsewhere if remote else shelf.entries
    leases.then = lambda: where.update({KEY: there})
    found = found_nothing()
    assert await answer(leasing_with(shelf, leases), found) is there
    assert leases.diary == ["take", "give back"]
    assert found.flight.over is None


async def test_what_is_stale_here_and_fresh_below():
    shelf, leases = Shelf(), Leases()
    shelf.entries[KEY] = stored()
    shelf.below[KEY] = there = stored()
    found = found_nothing()
    async with asyncio.timeout(60):
        got = await leasing_with(shelf, leases).answer(
            asked(),
            found,
            lambda: Instant(0.0),
            lambda entry, _now: entry if entry is there else None,
        )
    assert got is there
    assert leases.diary == ["take", "give back"]


async def test_the_wait_for_another_is_noted():
    leases, ticks = Leases(taken=True, turns=3), itertools.count()
    one, now = asked(), lambda: Instant(next(ticks))
    async with asyncio.timeout(60):
        await leasing_with(Shelf(), leases).answer(
            one, found_nothing(), now, lambda entry, _now: entry
        )
    assert leases.diary == ["wait", "wait", "take", "hold"]
    assert one.waited == 2.0


async def test_another_gives_up():
    leases = Leases(taken=True)
    found = found_nothing()
    assert await answer(leasing_with(Shelf(), leases), found) is None
    assert leases.diary == ["wait", "wait", "take", "hold"]
    found.flight.hand_over()
    assert leases.diary[-1] == "give back"


async def test_nobody_waits_longer_than_there_is_time():
    leases = Leases(taken=True, turns=10**9)
    found = found_nothing()
    assert await answer(leasing_with(Shelf(), leases), found, now=100.0) is None
    assert found.flight.over is None


class Frozen(Shelf):
    """Its remote tier does not answer."""

    remote = True
    patience: float | None = 0.001

    async def fetch(self, _key):
        await asyncio.Event().wait()


@pytest.mark.parametrize("taken", [True, False])
async def test_a_remote_tier_that_is_late_is_waited_for_once(taken):
    leases = Leases(taken=taken)
    found = found_nothing()
    assert await answer(leasing_with(Frozen(), leases), found) is None
    assert leases.diary == []
    assert found.flight.over is None


async def test_a_glance_waits_for_nobody_elses_fetch():
    shelf, leases, found = Shelf(), Leases(taken=True), found_nothing()
    shelf.remote = True

    async def glance(shelf):
        return await leasing_with(shelf, leases).glance(
            asked(), found, lambda: Instant(0.0), lambda entry, _now: entry
        )

    assert await glance(shelf) is None
    shelf.elsewhere[KEY] = there = stored()
    assert await glance(shelf) is there
    assert await glance(Frozen()) is None
    assert leases.diary == []


async def test_who_has_no_patience_left_asks_nobody():
    leases, frozen, found = Leases(), Frozen(), found_nothing()
    frozen.patience, found.delayed = 1000.0, 1000.0
    assert await answer(leasing_with(frozen, leases), found) is None
    assert leases.diary == []


async def test_who_leaves_while_looking_gives_the_lease_back():
    leases, frozen = Leases(), Frozen()
    frozen.patience = None
    leasing = leasing_with(frozen, leases)
    found = found_nothing()
    taking = asyncio.ensure_future(
        leasing._take(asked(), found, lambda: Instant(0.0), lambda entry, _now: entry)
    )
    while not leases.diary:
        await asyncio.sleep(0)
    taking.cancel()
    await asyncio.gather(taking, return_exceptions=True)
    assert leases.diary == ["take", "give back"]


async def test_a_remote_tier_that_freezes_while_another_fetches():
    shelf, leases = Shelf(), Leases(taken=True, turns=10**9)
    shelf.remote, shelf.patience = True, 0.2
    asking = asyncio.ensure_future(answer(leasing_with(shelf, leases), found_nothing()))
    while not leases.diary and not asking.done():
        await asyncio.sleep(0)
    shelf.fetch = Frozen().fetch  # type: ignore[method-assign]
    assert await asking is None


async def test_a_client_that_leaves_while_waiting_holds_nothing():
    leases = Leases(taken=True, turns=10**9)
    waiting = asyncio.ensure_future(
        answer(leasing_with(Shelf(), leases), found_nothing())
    )
    while not leases.diary:
        await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    assert leases.diary == ["wait"]
