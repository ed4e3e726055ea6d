"""How late the loop is."""

import asyncio
import time

import pytest

from sidecar.telemetry.loop_lag import TICK, Lag, LoopLag


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def after(*delays):
    """A measure whose ticks came that much later than due."""
    clock = Clock()
    lag = LoopLag(clock)
    lag.tick()
    for delay in delays:
        clock.now += TICK + delay
        lag.tick()
    return lag


@pytest.mark.parametrize(
    ("rule", "delays", "largest", "p99"),
    [
        ("on time", [0.0], 0.0, 0.0),
        ("late once", [0.0, 0.25, 0.0], 0.25, 0.0),
        ("early is not negative", [-0.05], 0.0, 0.0),
        ("one in a hundred", [0.0] * 99 + [0.5], 0.5, 0.0),
        ("two in a hundred", [0.0] * 98 + [0.5, 0.5], 0.5, 0.5),
        ("more than a minute ago", [0.5] + [0.0] * 600, 0.0, 0.0),
    ],
)
def test_lag(rule, delays, largest, p99):
    lag = after(*delays).lag
    assert (lag.max, lag.p99) == (pytest.approx(largest), pytest.approx(p99))


def test_nothing_measured_is_no_lag():
    assert LoopLag().lag == Lag(0.0, 0.0)


def test_age_grows_while_the_loop_stands_still():
    clock = Clock()
    lag = LoopLag(clock)
    lag.tick()
    clock.now += 12
    assert lag.age == 12


async def test_a_blocked_loop_shows():
    lag = LoopLag()
    lag.start()
    time.sleep(TICK + 0.15)  # noqa: ASYNC251 - this is what is measured
    async with asyncio.timeout(30):
        while not lag.lag.max:
            await asyncio.sleep(0.01)
    lag.stop()
    assert lag.lag.max >= 0.14
    assert lag.age < 5


async def test_stopped_it_ticks_no_more():
    lag = LoopLag()
    lag.start()
    lag.stop()
    await asyncio.sleep(2 * TICK)
    assert lag.lag == Lag(0.0, 0.0)


def test_who_brakes_is_told_the_median_of_the_last_ticks():
    clock, told = Clock(), []
    lag = LoopLag(clock, told.append)
    lag.tick()
    told.clear()
    for delay in [0.0] * 5 + [0.5] + [0.0] * 4 + [0.2] * 9:
        clock.now += TICK + delay
        lag.tick()
    assert [round(one, 6) for one in told[:10]] == [0.0] * 10
    assert round(told[-1], 6) == 0.2
