"""Places at an upstream: never more than the limit, and none is lost on any way."""

import asyncio

import pytest

from sidecar.policy.concurrency import Fixed
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.pressure import GivenUp, Pressure
from sidecar.policy.queueing import INTERVAL, Priority, Settings
from sidecar.policy.refused import Overloaded
from sidecar.proxy.places import Places, Rules, Taken
from sidecar.units import Instant

HIGH, NORMAL, LOW = Priority


class Scene:
    """Places with a clock that is set by hand."""

    def __init__(self, most=2, *, enforced=True, **queue):
        self.now = 0.0
        self.pressure = Pressure()
        self.deadlines = Deadlines()
        self.limit = Fixed(most)
        settings = Settings(**queue) if queue else None
        self.places = Places(
            self.limit,
            Rules(settings, enforced=enforced),
            pressure=self.pressure,
            deadlines=self.deadlines,
            clock=lambda: Instant(self.now),
        )

    def take(self, times=1):
        return [self.places.take() for _ in range(times)]

    async def waiting(self, *priorities, due=100.0):
        tasks = []
        for priority in priorities:
            wait = self.places.wait(Instant(due), priority)
            tasks.append(asyncio.create_task(wait))
            await asyncio.sleep(0)
        return tasks

    async def at(self, now):
        self.now = now
        self.deadlines.sweep(Instant(now))
        await asyncio.sleep(0)


YES, NOT, OBSERVED = Taken.YES, Taken.NOT, Taken.OBSERVED


def test_as_many_as_the_limit():
    scene = Scene(2)
    assert scene.take(3) == [YES, YES, NOT]
    scene.places.release()
    assert scene.take(2) == [YES, NOT]


def test_where_it_only_watches_nobody_is_refused():
    scene = Scene(1, enforced=False, size=5)
    assert scene.take(3) == [YES, OBSERVED, OBSERVED]
    assert scene.places.in_flight == 3


async def test_without_a_queue_nobody_waits():
    scene = Scene(1)
    with pytest.raises(Overloaded) as refusal:
        await scene.places.wait(Instant(9), NORMAL)
    assert (refusal.value.reason, refusal.value.retry_after) == ("queue_full", 1.0)


async def test_what_would_become_of_one_more_is_known_without_a_wait():
    scene = Scene(1, size=1)
    assert scene.places.is_free
    scene.take()
    assert not scene.places.is_free
    assert scene.places.refusal(Instant(9), NORMAL) is None
    (waits,) = await scene.waiting(NORMAL)
    refused = scene.places.refusal(Instant(9), NORMAL)
    assert refused is not None
    assert refused.reason == "queue_full"
    assert scene.places.waiting == 1
    waits.cancel()


def test_where_it_only_watches_there_is_always_room():
    scene = Scene(1, enforced=False)
    scene.take(2)
    assert scene.places.is_free


async def test_who_waits_gets_the_next_place():
    scene = Scene(1, size=5)
    scene.take()
    first, second = await scene.waiting(NORMAL, NORMAL)
    assert scene.take() == [NOT]
    assert scene.places.waiting == 2
    scene.places.release()
    await first
    assert not second.done()
    assert (scene.places.in_flight, scene.places.waiting) == (1, 1)
    scene.places.release()
    await second
    scene.places.release()
    assert scene.places.in_flight == 0
    assert len(scene.deadlines) == 0


async def test_in_order_of_priority():
    scene = Scene(1, size=5)
    scene.take()
    low, high = await scene.waiting(LOW, HIGH)
    scene.places.release()
    await high
    assert not low.done()
    low.cancel()


async def test_a_full_queue_has_room_for_a_higher_class():
    scene = Scene(1, size=2)
    scene.take()
    low, later = await scene.waiting(LOW, LOW)
    assert scene.places.refusal(Instant(9), HIGH) is None
    (high,) = await scene.waiting(HIGH)
    with pytest.raises(Overloaded, match="queue_full"):
        await later
    assert scene.places.waiting == len(scene.deadlines) == 2
    for served in (high, low):
        scene.places.release()
        await served


async def test_nobody_overtakes_those_who_wait():
    scene = Scene(1, size=5)
    scene.take()
    (waits,) = await scene.waiting(NORMAL)
    scene.limit.limit = 2
    assert scene.take() == [NOT]
    scene.places.release()
    await waits


async def test_a_queue_has_an_end():
    scene = Scene(1, size=1)
    scene.take()
    (waits,) = await scene.waiting(NORMAL)
    with pytest.raises(Overloaded, match="queue_full"):
        await scene.places.wait(Instant(9), NORMAL)
    waits.cancel()


@pytest.mark.parametrize(("due", "timeout"), [(100.0, 5.0), (5.0, 100.0)])
async def test_whose_time_is_over_leaves(due, timeout):
    scene = Scene(1, size=5, timeout=timeout)
    scene.take()
    (waits,) = await scene.waiting(NORMAL, due=due)
    await scene.at(4.9)
    assert not waits.done()
    await scene.at(5.0)
    with pytest.raises(Overloaded, match="queue_timeout"):
        await waits
    assert (scene.places.waiting, scene.places.in_flight) == (0, 1)


async def test_a_standing_queue_sends_the_oldest_away():
    scene = Scene(1, size=5)
    scene.take()
    old, new = await scene.waiting(NORMAL, NORMAL)
    scene.now = INTERVAL + 0.01
    with pytest.raises(Overloaded, match="overload"):
        async with asyncio.timeout(30):
            await old
    scene.places.release()
    await new


async def test_under_pressure_there_are_fewer_places_and_no_queue():
    scene = Scene(8, size=5)
    scene.pressure.feel(10.0)
    assert scene.take(3) == [YES, YES, NOT]
    with pytest.raises(Overloaded, match="pressure"):
        await scene.places.wait(Instant(9), NORMAL)
    assert scene.places.refusal(Instant(9), NORMAL) is not None
    assert scene.pressure.given_up[GivenUp.QUEUE] == 2
    assert not scene.places.is_free
    assert scene.places.limit == 2


async def test_who_leaves_the_queue_leaves_nothing_behind():
    scene = Scene(1, size=5)
    scene.take()
    gone, stays = await scene.waiting(NORMAL, NORMAL)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert scene.places.waiting == 1
    scene.places.release()
    await stays
    assert (scene.places.in_flight, len(scene.deadlines)) == (1, 0)


async def test_a_place_given_to_one_who_just_left_goes_to_the_next():
    scene = Scene(1, size=5)
    scene.take()
    gone, stays = await scene.waiting(NORMAL, NORMAL)
    scene.places.release()  # `gone` has it, and does not know yet
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await stays
    assert scene.places.in_flight == 1
    scene.places.release()
    assert scene.places.in_flight == 0


async def test_one_who_is_sent_away_and_cancelled_at_once():
    scene = Scene(1, size=5)
    scene.take()
    (gone,) = await scene.waiting(NORMAL, due=5.0)
    scene.deadlines.sweep(Instant(5.0))
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert (scene.places.in_flight, scene.places.waiting) == (1, 0)


def test_an_adaptive_limit_learns():
    learnt = []

    class Learns:
        limit, learns = 3, True

        def sample(self, took, in_flight):
            learnt.append((took, in_flight))

    scene = Scene()
    scene.places._limit = Learns()
    scene.take(2)
    scene.places.sample(0.5)
    assert learnt == [(0.5, 2)]
