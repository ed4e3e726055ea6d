"""Knocking at upstreams, until that is no longer needed."""

import asyncio
from contextlib import suppress
from typing import Any, cast

from sidecar.errors import ConnectionRefused, PoolExhausted
from sidecar.policy.readiness import Rule
from sidecar.server.contact import AGAIN, FIRST, PATIENCE, Contact
from sidecar.telemetry.log import Log
from tests.server.wire import Watch, until


class Upstream:
    """Is reached, or not, as its script says; the last for ever."""

    name = "app"

    def __init__(self, *script):
        self.script = list(script)
        self.contacted = False
        self.last_error = None
        self.diary = []

    async def acquire(self, **limits):
        self.limits = limits
        error = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        self.diary.append("knock")
        if isinstance(error, PoolExhausted):
            raise error
        if error is not None:
            self.last_error = error.code
            raise error
        self.contacted, self.last_error = True, None
        return self

    def release(self):
        self.diary.append("release")


class Lines:
    def __init__(self):
        self.text = ""

    def write(self, line):
        self.text += line.decode()


REFUSED = ConnectionRefused("nobody listens")


class Knocking:
    """A contact at work, which does not wait where it would rest."""

    def __init__(self, *upstreams, rule=Rule.FIRST_CONTACT):
        self.lines = Lines()
        self.clock = Watch()
        self.rests = []
        log = Log(self.lines)
        self.task = asyncio.ensure_future(
            Contact(cast("Any", upstreams), rule, self.clock, log, self.rest).run()
        )

    async def rest(self, seconds):
        self.rests.append(seconds)
        await asyncio.sleep(0.001)

    async def until(self, condition):
        try:
            await until(lambda: condition() or self.task.done())
            assert condition()
        finally:
            self.task.cancel()
            with suppress(asyncio.CancelledError):
                await self.task


async def test_one_that_is_there_is_knocked_at_once_and_the_connection_kept():
    upstream = Upstream(None)
    knocking = Knocking(upstream)
    await asyncio.wait_for(knocking.task, 30)
    assert upstream.diary == ["knock", "release"]
    assert upstream.limits == {
        "connect": PATIENCE,
        "due": knocking.clock.time + PATIENCE,
        "fresh": True,
    }
    assert knocking.lines.text.count("upstream reached") == 1


async def test_one_that_is_not_there_yet_is_said_once():
    upstream = Upstream(REFUSED, REFUSED, REFUSED, None)
    knocking = Knocking(upstream)
    await asyncio.wait_for(knocking.task, 30)
    assert upstream.diary == ["knock"] * 4 + ["release"]
    assert knocking.rests == [FIRST, FIRST, FIRST, AGAIN]
    assert knocking.lines.text.count("upstream not reachable yet") == 1
    assert "nobody listens" in knocking.lines.text
    assert knocking.lines.text.count("upstream reached") == 1


async def test_one_that_answered_traffic_is_not_knocked_at():
    upstream = Upstream(None)
    upstream.contacted = True
    await asyncio.wait_for(Knocking(upstream).task, 30)
    assert upstream.diary == []


async def test_following_never_ends_and_tells_changes():
    upstream = Upstream(None, None, REFUSED, REFUSED, None)
    knocking = Knocking(upstream, rule=Rule.FOLLOW)
    await knocking.until(lambda: upstream.diary.count("release") > 4)
    text = knocking.lines.text
    assert text.count("upstream reached") == 2
    assert text.count("upstream not reachable") == 1
    assert "yet" not in text


async def test_a_full_pool_is_no_news():
    upstream = Upstream(PoolExhausted(), None)
    knocking = Knocking(upstream, rule=Rule.FOLLOW)
    await knocking.until(lambda: "release" in upstream.diary)
    assert "not reachable" not in knocking.lines.text


async def test_one_that_is_away_does_not_keep_others_waiting():
    away, there = Upstream(REFUSED), Upstream(None)
    knocking = Knocking(away, there)
    await knocking.until(lambda: there.contacted and len(away.diary) > 3)
    assert there.diary == ["knock", "release"]
