"""How a worker stops: not ready, closed to new ones, and gone."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest

from sidecar.proxy.clock import Clock
from sidecar.server.drain import Drain, Shutdown
from tests.server.wire import Watch, entrance, until


class Client:
    """A connection that is idle, or is when `finish` was called."""

    def __init__(self, shared, *, idle=False):
        self.idle = idle
        self.diary = []
        self._shared = shared
        shared.connections.enter(self, "")

    def close_if_idle(self):
        if self.idle:
            self._end("closed")

    def abort(self):
        self._end("aborted")

    def _end(self, how):
        self.diary.append(how)
        self._shared.connections.leave(self, "")


class Draining:
    def __init__(self, *, grace=0.0, timeout=0.0, clock=None):
        self.shared = entrance(clock=clock or Clock())
        self.drain = Drain(Shutdown(grace, timeout), self.shared, self.shared.clock)
        self.closed = False
        self.server = cast("Any", SimpleNamespace(close=self.close))

    def close(self):
        self.closed = True

    def run(self, *, grace=True):
        return asyncio.ensure_future(self.drain.run([self.server], grace=grace))


async def test_with_nobody_there_it_ends_at_once():
    told = Draining(grace=0.0, timeout=999.0)
    await told.run()
    assert told.closed
    assert told.drain.draining
    assert told.shared.draining


def test_it_begins_once():
    clock = Watch()
    told = Draining(clock=clock)
    assert not told.drain.draining
    told.drain.begin()
    clock.time += 5
    told.drain.begin()
    assert told.drain._since == clock.time - 5


async def test_in_the_grace_it_still_accepts_but_is_not_ready():
    clock = Watch()
    told = Draining(grace=3.0, timeout=999.0, clock=clock)
    running = told.run()
    await until(lambda: told.drain.draining)
    assert not told.closed
    clock.time += 3.1
    await asyncio.wait_for(running, 30)
    assert told.closed


async def test_without_grace_it_closes_at_once():
    told = Draining(grace=999.0, timeout=999.0, clock=Watch())
    await asyncio.wait_for(told.run(grace=False), 30)
    assert told.closed


async def test_what_is_idle_goes_and_what_is_in_flight_may_finish():
    told = Draining(timeout=999.0)
    idle, busy = Client(told.shared, idle=True), Client(told.shared)
    running = told.run()
    await until(lambda: idle.diary)
    assert told.closed
    assert not running.done()
    busy.idle = True
    await asyncio.wait_for(running, 30)
    assert (idle.diary, busy.diary) == (["closed"], ["closed"])


async def test_what_takes_too_long_is_cut():
    clock = Watch()
    told = Draining(timeout=30.0, clock=clock)
    busy = Client(told.shared)
    running = told.run()
    await until(lambda: told.closed)
    assert busy.diary == []
    clock.time += 30.1
    await asyncio.wait_for(running, 30)
    assert busy.diary == ["aborted"]


@pytest.mark.parametrize("grace", [True, False])
async def test_hurry_cuts_everything_now(grace):
    told = Draining(grace=999.0, timeout=999.0, clock=Watch())
    busy = Client(told.shared)
    running = told.run(grace=grace)
    await asyncio.sleep(0)
    told.drain.hurry()
    await asyncio.wait_for(running, 30)
    assert told.closed
    assert busy.diary == ["aborted"]
