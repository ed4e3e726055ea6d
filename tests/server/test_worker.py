"""One event loop that serves: how it starts, ticks and ends."""

import asyncio

import pytest

from sidecar.coding.gzip import Gzip
from sidecar.config.load import load
from sidecar.server.instruments import instruments
from sidecar.server.protection import TICK
from sidecar.server.worker import Worker
from tests.server.wire import until

BASE = """
listen: "127.0.0.1:0"
health: {{listen: "127.0.0.1:0"}}
admin: {{listen: "127.0.0.1:0"}}
upstreams: {{default: {{url: "{url}"}}}}
limits: {limits}
defaults: {{breaker: {breaker}, compression: {{remember: {remember}}}}}
"""


@pytest.fixture
def loaded(tmp_path):
    def load_with(url="http://127.0.0.1:9", limits="{}", breaker="{}", remember="4MiB"):
        file = tmp_path / "sidecar.yaml"
        text = BASE.format(url=url, limits=limits, breaker=breaker, remember=remember)
        file.write_text(text)
        return load(file, environ={})

    return load_with


@pytest.fixture
async def idle(loaded, preserved_logging):
    """A worker that was made and not started."""
    config = loaded()
    gauges = instruments(config.config)
    yield Worker(config, gauges, b"sidecar-1")
    gauges.close()


class Late:
    due = float("-inf")

    def __init__(self, *errors):
        self.errors = list(errors)
        self.told = 0

    def expire(self, _now, /):
        self.told += 1
        if self.errors:
            raise self.errors.pop()


async def test_it_sweeps_every_tick(idle):
    late = Late()
    idle._deadlines.watch(late)
    idle._tick()
    await until(lambda: late.told == 3)
    assert TICK <= 0.1


async def test_a_defect_of_one_deadline_does_not_end_all_others(idle):
    late = Late(RuntimeError("a defect"))
    idle._deadlines.watch(late)
    idle._tick()
    await until(lambda: late.told == 2)


async def test_it_leaves_and_hurries(idle):
    idle.drain.hurry()
    await asyncio.wait_for(idle.leave(grace=True), 5)
    assert idle.drain.draining


async def test_another_configuration(idle, loaded):
    before = idle.setup
    setup = await idle.prepare(loaded(limits="{fields: 7, connections: 3}"))
    assert idle.setup is before
    assert idle._entrance.limits.fields == 100
    idle.commit(setup)
    assert idle._entrance.limits.fields == 7
    assert idle._entrance.connections.bounds.everywhere == 3
    assert idle._pipeline._site is setup.site
    assert setup.upstreams["default"] is before.upstreams["default"]
    idle._knocking.cancel()


async def test_upstreams_that_are_no_longer_needed_close(idle, loaded):
    before = idle.setup.upstreams["default"]
    setup = await idle.prepare(loaded(url="http://127.0.0.1:10"))
    idle.commit(setup)
    assert before.endpoints[0].pool._closed
    assert not setup.upstreams["default"].endpoints[0].pool._closed
    other = await idle.prepare(loaded(url="http://127.0.0.1:11"))
    idle.discard(other)
    assert other.upstreams["default"].endpoints[0].pool._closed
    assert not setup.upstreams["default"].endpoints[0].pool._closed
    idle._knocking.cancel()


async def test_breakers_change_with_the_configuration_and_not_before(idle, loaded):
    circuits = idle.protection.circuits
    before = list(circuits)
    given_up = await idle.prepare(loaded(breaker="{min_requests: 7}"))
    assert list(circuits) == before
    idle.discard(given_up)
    assert list(circuits) == before
    idle.commit(await idle.prepare(loaded(breaker="{min_requests: 8}")))
    assert [name for name, _ in circuits] == [name for name, _ in before]
    assert list(circuits) != before


async def test_what_is_remembered_survives_and_shrinks(idle, loaded):
    remembered = idle._maker.shop.remembered
    codec = Gzip(1)
    for number in (1, 1, 2, 2):
        remembered.coded(codec, b"%d" % number, b"digest %d" % number)
    idle.commit(await idle.prepare(loaded(breaker="{min_requests: 7}")))
    assert len(remembered) == 2
    given_up = await idle.prepare(loaded(remember='"off"'))
    idle.discard(given_up)
    assert len(remembered) == 2
    idle.commit(await idle.prepare(loaded(remember='"off"')))
    assert (len(remembered), remembered.size) == (0, 0)
    assert idle.relief.forget == remembered.clear
    assert remembered.rows in idle.readings()
    idle._knocking.cancel()


async def test_readiness_that_there_was_stays(idle, loaded):
    assert not idle.standing()[0].contacted
    idle.setup.upstreams["default"].endpoints[0].succeeded()
    assert idle.standing()[0].contacted
    idle.commit(await idle.prepare(loaded(url="http://127.0.0.1:10")))
    assert idle.standing()[0].contacted
    idle._knocking.cancel()


async def test_what_is_called_each_tick(idle):
    ticks = []
    idle.each_tick.append(lambda: ticks.append(1))
    idle._tick()
    await until(lambda: len(ticks) == 3)


async def test_a_defect_is_logged_with_its_traceback(idle, capfd):
    idle.report(RuntimeError("a defect"))
    idle._gauges.close()
    assert "RuntimeError: a defect" in capfd.readouterr().err
