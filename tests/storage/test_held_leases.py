"""Leases of fetches that take long, on a clock that goes when it is told to."""

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

from sidecar.storage.held_leases import LASTS, LONGEST, HeldLeases
from sidecar.storage.leases import Lease
from sidecar.units import Instant


@dataclass
class Time:
    at: float = 1000.0

    def now(self) -> Instant:
        return Instant(self.at)


def held_by(diary, time):
    return HeldLeases(cast("Any", diary), time)


async def taken(leases, key):
    lease = await leases.take(key)
    assert lease is not None
    return lease


@dataclass
class Diary:
    """Leases that write down what is done with them."""

    are_shared: bool = True
    said: list = field(default_factory=list)

    async def take(self, key, duration):
        self.said.append(("take", key, duration))
        return Lease(key, b"token " + key)

    def renew(self, lease, duration):
        self.said.append(("renew", lease.key, duration))

    def give_back(self, lease):
        self.said.append(("give back", lease.key))


async def test_it_is_renewed_while_it_is_held():
    time, diary = Time(), Diary()
    leases = held_by(diary, time)
    assert leases.are_shared
    lease = await taken(leases, b"k")
    leases.hold(lease)
    leases.beat()
    assert diary.said == [("take", b"k", LASTS)], "it is not due"
    for _ in range(3):
        time.at += LASTS / 2
        leases.beat()
    assert diary.said[1:] == [("renew", b"k", LASTS)] * 3
    leases.give_back(lease)
    time.at += LASTS
    leases.beat()
    assert diary.said[4:] == [("give back", b"k")]


async def test_not_for_ever():
    time, diary = Time(), Diary()
    leases = held_by(diary, time)
    leases.hold(await taken(leases, b"k"))
    renewals = 0
    while len(diary.said) > renewals:
        renewals = len(diary.said)
        time.at += LASTS / 2
        leases.beat()
    assert LONGEST / LASTS < renewals < 3 * LONGEST / LASTS


async def test_the_timer_runs_while_there_are_any():
    time, diary = Time(), Diary()
    leases = held_by(diary, time)
    lease = await taken(leases, b"k")
    assert leases._timer is None
    leases.hold(lease)
    leases.hold(await taken(leases, b"l"))
    assert leases._timer is not None
    time.at += LASTS / 2
    async with asyncio.timeout(60):
        while len(diary.said) < 4:
            await asyncio.sleep(0.05)
    assert diary.said[2:] == [("renew", b"k", LASTS), ("renew", b"l", LASTS)]
    for one in (b"k", b"l"):
        leases.give_back(Lease(one, b"token " + one))
    leases.beat()
    assert leases._timer is None
