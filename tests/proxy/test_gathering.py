"""Bodies that are waited for: without a task, with one, and not for ever."""

import asyncio
from typing import Any, cast

import pytest

from sidecar.errors import ResponseIncomplete
from sidecar.policy.reuse import Forward
from sidecar.proxy.body import EMPTY
from sidecar.proxy.clock import Clock
from sidecar.proxy.fetched import Asked
from sidecar.proxy.gathering import EARLY, ROOM, gathered, soon
from sidecar.proxy.looked_up import LookedUp
from sidecar.proxy.patience import PATIENCE
from sidecar.proxy.rendering import Patience
from sidecar.units import Instant
from tests.proxy.lightened import Light, origin
from tests.proxy.script import Connection, response

NOW = Instant(100.0)
LONG = Patience(1 << 20, 3600.0)


class Headed(Connection):
    """Of which a head is here, and perhaps more."""

    def head(self):
        return self.script[0]


def asked(head):
    return Asked(cast("Any", Headed([head])), EMPTY, Instant(99.0))


@pytest.mark.parametrize(
    ("rule", "head", "found", "waits"),
    [
        ("for a tag", origin(), None, True),
        ("of what nobody stores", origin(), LookedUp(Forward.MISS, barren=True), True),
        ("others may want it", origin(), LookedUp(Forward.MISS), False),
        ("no head yet", None, None, False),
        ("of unknown length", origin(content_length=None), None, False),
        ("an error", origin(status=500), None, False),
    ],
)
def test_soon(rule, head, found, waits):
    light = Light()
    one, given = light.asked(), asked(head)
    one.found = found
    assert soon(one, given, NOW) == (PATIENCE + EARLY if waits else None)
    assert (given.headed, one.patient_until) == (
        (NOW, NOW + PATIENCE) if waits else (None, None)
    )
    assert given.connection.diary == (["gather"] if waits else [])


def test_once_only():
    one, given = Light().asked(), asked(origin())
    assert soon(one, given, NOW)
    assert soon(one, given, NOW) is None


def test_room_for_what_is_large_is_not_made_before_it_comes():
    light = Light()
    assert soon(light.asked(), asked(origin(content_length=ROOM + 1)), NOW) is None


async def all_of(connection, head, patience=LONG, until=None):
    one = Light().asked()
    one.patient_until = until
    return await gathered(one, connection, head, patience, Clock())


async def test_by_a_task():
    connection = Connection([b"ab", b"cd"])
    assert await all_of(connection, response(content_length=4)) == b"abcd"
    assert connection.ended


async def test_what_is_here_goes_first():
    connection = Connection([b"ab", b"cd", b"ef"], at_once=1)
    head = response(content_length=6)
    assert await all_of(connection, head, Patience(1, 0.5)) == b"ab"
    assert connection.diary == ["gather"]


async def test_no_room_is_made_where_time_was_up_before():
    connection = Connection([b"ab"])
    head = response(content_length=2)
    assert await all_of(connection, head, Patience(9, 0.5), NOW) == b"ab"
    assert connection.diary == []


async def test_time_is_up():
    class Slow(Connection):
        async def read(self, silence, until=NOW):
            await waiting.wait()
            return b""

        def hurry(self):
            super().hurry()
            waiting.set()

    waiting = asyncio.Event()
    connection = Slow([b"never"])
    head = response(content_length=5)
    assert (
        await asyncio.wait_for(all_of(connection, head, Patience(9, 0.01)), 30) == b""
    )
    assert connection.diary == ["gather", "hurry"]


async def test_it_breaks_off():
    connection = Connection([b"ab", ResponseIncomplete()])
    with pytest.raises(ResponseIncomplete):
        await all_of(connection, response(content_length=4))
