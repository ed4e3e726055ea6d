import asyncio

import pytest

from sidecar.errors import ConnectionRefused
from sidecar.proxy.collapse import Flights, Turn
from sidecar.proxy.feed import Feed
from tests.proxy.script import response


async def followers(flight, number):
    tasks = [asyncio.create_task(flight.outcome()) for _ in range(number)]
    await asyncio.sleep(0)
    assert flight.followers == number
    return tasks


@pytest.mark.parametrize("turn", [Turn.AGAIN, Turn.ALONE])
async def test_all_learn_how_it_ended(turn):
    flights = Flights()
    flight = flights.lead(b"k")
    assert flights.get(b"k") is flight
    tasks = await followers(flight, 3)
    flight.settle(turn)
    assert await asyncio.gather(*tasks) == [turn] * 3
    assert len(flights) == 0


async def test_a_feed_is_for_all_until_it_is_stored():
    flights = Flights()
    flight = flights.lead(b"k")
    tasks = await followers(flight, 2)
    feed = Feed(response(), 10)
    flight.stream(feed)
    assert await asyncio.gather(*tasks, flight.outcome()) == [feed] * 3
    assert flights.get(b"k") is flight
    flight.settle(Turn.AGAIN)
    assert flights.get(b"k") is None


async def test_a_leader_that_leaves_hands_over_to_one():
    flights = Flights()
    flight = flights.lead(b"k")
    first, second = await followers(flight, 2)
    flight.hand_over()
    assert await first is Turn.LEAD
    assert not second.done()
    assert flights.get(b"k") is flight
    flight.settle(Turn.AGAIN)
    assert await second is Turn.AGAIN


async def test_without_followers_it_is_over():
    flights = Flights()
    flights.lead(b"k").hand_over()
    assert len(flights) == 0


async def test_a_follower_that_left_does_not_lead():
    flights = Flights()
    flight = flights.lead(b"k")
    first, second = await followers(flight, 2)
    first.cancel()
    await asyncio.sleep(0)
    flight.hand_over()
    assert await second is Turn.LEAD


async def test_one_that_leaves_when_it_is_its_turn_hands_over():
    flights = Flights()
    flight = flights.lead(b"k")
    first, second = await followers(flight, 2)
    flight.hand_over()
    first.cancel()
    assert await second is Turn.LEAD
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_one_failure_is_tried_again_and_two_are_everybodys():
    flights = Flights()
    flight = flights.lead(b"k")
    first, *others = await followers(flight, 3)
    flight.fail(ConnectionRefused())
    assert await first is Turn.LEAD
    flight.fail(ConnectionRefused())
    found = await asyncio.gather(*others, return_exceptions=True)
    assert [type(error) for error in found] == [ConnectionRefused] * 2
    assert len(flights) == 0


async def test_an_old_flight_does_not_end_a_new_one():
    flights = Flights()
    old = flights.lead(b"k")
    old.settle(Turn.ALONE)
    new = flights.lead(b"k")
    old.hand_over()
    assert flights.get(b"k") is new
