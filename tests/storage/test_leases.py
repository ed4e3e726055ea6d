import asyncio
from dataclasses import dataclass

import pytest

from sidecar.storage.leases import Lease, Leases
from sidecar.storage.ledger import Ledger
from sidecar.units import Instant


@dataclass
class Time:
    at: float = 1000.0

    def now(self) -> Instant:
        return Instant(self.at)


class Pods:
    """A remote that writes a diary."""

    def __init__(self):
        self.held = {}
        self.diary = []
        self.answers = asyncio.Event()
        self.answers.set()

    async def take(self, key, duration):
        self.diary.append("take")
        await self.answers.wait()
        if key in self.held:
            return None
        self.held[key] = b"pods token"
        return self.held[key]

    def renew(self, key, token, duration):
        if self.held.get(key) == token:
            self.diary.append(("renew", duration))

    def give_back(self, key, token):
        if self.held.get(key) == token:
            del self.held[key]


@pytest.fixture
def ledger(tmp_path):
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


async def test_alone_it_is_always_ours():
    leases = Leases(Time())
    assert not leases.are_shared
    lease = await leases.take(b"k", 10)
    assert await leases.take(b"k", 10)
    assert lease is not None
    leases.give_back(lease)


async def test_one_of_the_workers_has_it(ledger):
    time = Time()
    one, other = Leases(time, ledger), Leases(time, ledger)
    assert one.are_shared
    lease = await one.take(b"k", 10)
    assert await other.take(b"k", 10) is None
    assert await other.take(b"another", 10)
    other.give_back(Lease(b"k", b"guessed"))
    assert await other.take(b"k", 10) is None
    assert lease is not None
    one.give_back(lease)
    assert await other.take(b"k", 10)


async def test_it_ends_by_itself(ledger):
    time = Time()
    leases = Leases(time, ledger)
    late = await leases.take(b"k", 10)
    time.at += 9
    assert await leases.take(b"k", 10) is None
    time.at += 1
    assert await leases.take(b"k", 10)
    # Who was too late gives back nothing of who came after.
    assert late is not None
    leases.give_back(late)
    assert await leases.take(b"k", 10) is None


async def test_it_is_renewed_by_who_has_it(ledger):
    time, pods = Time(), Pods()
    leases = Leases(time, ledger, pods)
    lease = await leases.take(b"k", 10)
    assert lease is not None
    for _ in range(3):
        time.at += 9
        leases.renew(Lease(b"k", b"guessed, by somebody else"), 99)
        leases.renew(lease, 10)
        assert await Leases(time, ledger).take(b"k", 10) is None
    assert pods.diary[-1] == ("renew", 10)
    leases.give_back(lease)
    other = await Leases(time, ledger).take(b"k", 10)
    assert other is not None
    leases.renew(lease, 10)
    time.at += 10
    assert await Leases(time, ledger).take(b"k", 10), "it is not prolonged by others"


async def test_pods_are_asked_by_who_has_the_lease_of_the_host(ledger):
    time, pods = Time(), Pods()
    one, other = Leases(time, ledger, pods), Leases(time, ledger, pods)
    lease = await one.take(b"k", 10)
    assert await other.take(b"k", 10) is None
    assert pods.diary == ["take"]
    assert lease is not None
    one.give_back(lease)
    assert not pods.held


async def test_another_host_is_at_work(ledger):
    time, pods = Time(), Pods()
    here, there = Leases(time, ledger, pods), Leases(time, None, pods)
    lease = await there.take(b"k", 10)
    assert await here.take(b"k", 10) is None
    assert lease is not None
    there.give_back(lease)
    assert await here.take(b"k", 10), "that of the host was let go at once"


async def test_who_stops_waiting_for_the_pods_holds_nothing(ledger):
    time, pods = Time(), Pods()
    pods.answers = asyncio.Event()
    one, other = Leases(time, ledger, pods), Leases(time, ledger)
    asking = asyncio.ensure_future(one.take(b"k", 10))
    while not pods.diary:
        await asyncio.sleep(0)
    assert await other.take(b"k", 10) is None
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    assert await other.take(b"k", 10)


async def test_very_many_take_a_bounded_room_and_nobody_is_kept_out(ledger):
    leases = Leases(Time(), ledger)
    for number in range(5000):
        assert await leases.take(b"%d" % number, 10)
    assert ledger.value(b"something else", Instant(1000.0)) is None
    ledger.put(b"something else", b"x", Instant(1000.0))
    assert ledger.value(b"something else", Instant(1000.0)) == b"x"


async def test_a_ledger_that_is_closed_keeps_nobody_out(ledger):
    leases = Leases(Time(), ledger)
    ledger.close()
    assert await leases.take(b"k", 10)
