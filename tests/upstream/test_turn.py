"""Who waits gets what is offered, once, and loses nothing of it."""

import pytest

from sidecar.errors import PoolExhausted
from sidecar.units import NEVER, Instant
from sidecar.upstream.pool import Line, Pool
from sidecar.upstream.turn import Turn


async def test_an_offer_is_taken_once():
    turn, pool = Turn(Instant(1.0)), Pool(1, Line())
    assert turn.offer(pool, None)
    assert not turn.offer(pool, None)
    assert await turn.ended == (pool, None)


async def test_it_expires():
    turn = Turn(Instant(1.0))
    turn.expire(Instant(1.0))
    turn.expire(Instant(2.0))
    assert turn.due == NEVER
    with pytest.raises(PoolExhausted):
        await turn.ended


async def test_a_slot_is_given_back():
    turn, pool = Turn(Instant(1.0)), Pool(1, Line())
    pool.reserve()
    turn.offer(pool, None)
    turn.give_back()
    assert pool.opening == 0


async def test_nothing_was_given():
    turn = Turn(Instant(1.0))
    turn.give_back()
    turn.ended.cancel()
    turn.give_back()
