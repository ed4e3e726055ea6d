"""What other workers and pods have: an answer, or what makes a refresh needless."""

from dataclasses import replace

import pytest

from sidecar.policy.refused import CircuitOpen
from sidecar.policy.reuse import Forward
from sidecar.proxy.elsewhere import Elsewhere
from sidecar.proxy.looked_up import LookedUp
from sidecar.units import Instant, Timestamp
from tests.proxy.cache_script import KEY, Scene
from tests.proxy.script import Client, exchange, request, route
from tests.proxy.test_cache import stored


class At:
    """Somebody who leads, and a tier elsewhere."""

    def __init__(self, stale=None, owner=b""):
        self.scene = Scene()
        self.scene.shelf.remote = True
        self.elsewhere = Elsewhere(self.scene.shared, self.scene.writer)
        self.one = exchange(Client(), request(), route(cache=self.scene.cache))
        self.found = LookedUp(Forward.STALE, b"http://example.org/", KEY, KEY)
        self.found.entry, self.found.owner = stale, owner
        self.found.flight = self.scene.shared.flights.lead(KEY)
        self.one.found = self.found

    @property
    def is_settled(self):
        return not self.scene.shared.flights and self.found.flight is None

    async def answer(self, entry):
        self.scene.shelf.elsewhere[KEY] = entry
        return await self.elsewhere.answer(self.one, self.scene.hands.now)

    async def is_fresher(self, entry):
        self.scene.shelf.elsewhere[KEY] = entry
        return await self.elsewhere.is_fresher(self.one, self.scene.hands.now)


async def test_only_who_leads_asks():
    at = At()
    assert at.elsewhere.is_asked(at.one)
    at.found.flight = None
    assert not at.elsewhere.is_asked(at.one)
    assert await at.answer(stored()) is None
    assert not await at.is_fresher(stored())
    at.one.found = None
    assert not at.elsewhere.is_asked(at.one)


async def test_it_answers():
    at = At()
    ready = await at.answer(stored(b"theirs"))
    assert ready.content == b"theirs"
    assert (at.one.cached, at.is_settled) == ("hit", True)
    assert at.scene.counts == {"hit": 1}


async def test_what_is_stale_there_answers_where_that_is_allowed():
    at = At()
    entry = stored(b"theirs", age=61, stale_while_revalidate=60)
    ready = await at.answer(entry)
    assert ready.content == b"theirs"
    assert (at.one.cached, at.is_settled) == ("stale", True)
    assert at.found.entry is entry


async def test_what_is_stale_there_is_asked_about_or_kept_for_an_error():
    at, entry = At(), stored(age=61)
    assert await at.answer(entry) is None
    assert (at.found.entry, at.found.why) == (entry, Forward.STALE)
    older = replace(entry, received=Timestamp(entry.received - 1.0))
    assert await at.answer(older) is None
    assert at.found.entry is entry


async def test_who_may_not_fetch_asks_once_and_takes_no_lease():
    at = At()
    at.found.refused = CircuitOpen("circuit_open", retry_after=1.0)
    assert await at.answer(None) is None
    assert (await at.answer(stored(b"theirs"))).content == b"theirs"


@pytest.mark.parametrize(
    ("rule", "entry"),
    [("stale", stored(age=61)), ("another user's", stored(owner=b"you"))],
)
async def test_it_does_not(rule, entry):
    at = At(owner=b"me")
    assert await at.answer(entry) is None, rule
    assert not at.is_settled
    assert at.found.others is (entry if entry.owner else None)


@pytest.mark.parametrize(
    ("rule", "ages", "fresher"),
    [
        ("it was refreshed", (61, 0), True),
        ("it is as stale", (61, 61), False),
        ("before it was stale", (50, 0), True),
        ("it is as old", (50, 50), False),
    ],
)
async def test_what_makes_a_refresh_needless(rule, ages, fresher):
    ours, theirs = (stored(age=age) for age in ages)
    assert ours.fresh_until != Instant(0.0)
    at = At(stale=ours)
    assert await at.is_fresher(theirs) is fresher, rule
    assert at.is_settled is fresher
