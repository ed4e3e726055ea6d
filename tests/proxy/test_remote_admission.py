"""Limits in a store elsewhere, and what holds where it does not answer."""

import asyncio
import gc

import pytest

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.identity import Addresses, Identities
from sidecar.policy.quotas import By
from sidecar.policy.refused import RateLimited
from sidecar.proxy.admission import Limits, Stage
from sidecar.proxy.asker import Asker
from sidecar.proxy.remote_admission import Lost, RemoteAdmission
from sidecar.semantics.quota_fields import draft
from sidecar.storage.remote import Unreachable
from sidecar.units import Timestamp
from tests.proxy.script import Client, exchange, request
from tests.proxy.test_admission import KEYED, Tally, quota


class Store:
    """Buckets elsewhere; `down` is when nobody answers."""

    def __init__(self):
        self.buckets = LocalBuckets()
        self.down = False

    async def spend(self, charges):
        await asyncio.sleep(0)
        if self.down:
            raise Unreachable
        return self.buckets.spend(charges, 0.0)

    async def settle(self, charge):
        await asyncio.sleep(0)
        if self.down:
            raise Unreachable
        self.buckets.settle(charge, 0.0)


class Scene:
    def __init__(self, stage, lost=None):
        self.tally, self.store = Tally(), Store()
        self.here = LocalBuckets()
        limits = Limits(
            Asker(Identities([], Addresses(KEYED)), lambda: Timestamp(0.0)),
            KEYED,
            self.here,
            self.tally,
            Tally(),
            stage,
            dialect=draft,
        )
        self.admission = RemoteAdmission(
            limits, self.store, Lost(local=stage) if lost is None else lost
        )

    async def ask(self, times=1):
        found: list[str | None] = []
        for _ in range(times):
            self.last = exchange(Client(), request())
            assert self.admission.admit(self.last) is None
            try:
                await self.admission.ask(self.last)
                found.append(None)
            except RateLimited as error:
                found.append(error.detail)
        return found


async def test_the_store_says_how_many():
    scene = Scene(Stage((quota(2),)))
    assert await scene.ask(3) == [None, None, "limit"]
    assert scene.tally.counts == {"allowed": 2, "refused": 1}
    assert b'"limit";r=0' in scene.last.extra
    assert len(scene.here) == 0


async def test_a_refusal_leaves_nothing_to_the_collector():
    scene = Scene(Stage((quota(1),)))
    gc.collect()
    gc.disable()
    try:
        before = refusals()  # tables of other tests have some
        assert await scene.ask(2) == [None, "limit"]
        assert refusals() == before
    finally:
        gc.enable()


def refusals():
    return [id(one) for one in gc.get_objects() if type(one) is RateLimited]


ONE, TWO = quota(1), quota(2)


@pytest.mark.parametrize(
    ("rule", "lost", "passed", "why"),
    [
        ("counts here", Lost(local=Stage((ONE, TWO))), 1, "limit"),
        ("lets pass", Lost(), 5, None),
        ("lets nobody pass", Lost("strict", Stage((TWO,))), 0, "strict"),
        ("each as it says: one lets pass", Lost(local=Stage((TWO,))), 2, "limit"),
    ],
)
async def test_where_it_does_not_answer(rule, lost, passed, why):
    scene = Scene(Stage((ONE, TWO)), lost)
    scene.store.down = True
    found = await scene.ask(5)
    assert (found.count(None), found[-1]) == (passed, why)
    assert scene.tally.counts["store_failed"] == 5


async def test_what_is_only_watched_is_counted_here():
    scene = Scene(Stage(observed=(quota(2),)))
    assert await scene.ask(4) == [None] * 4
    assert scene.tally.counts == {"observed": 2}
    assert (len(scene.here), len(scene.store.buckets)) == (1, 0)


@pytest.mark.parametrize("down", [False, True], ids=["up", "down"])
async def test_seconds_are_told_afterwards(down):
    scene = Scene(Stage(debts=(quota(10, by=By.ROUTE),)))
    assert await scene.ask() == [None]
    scene.store.down = down
    scene.last.upstream, scene.last.first_byte = "app", 100.0
    scene.admission.settle(scene.last)
    while scene.admission._settling:
        await asyncio.sleep(0)
    assert await scene.ask() == ["limit"]
