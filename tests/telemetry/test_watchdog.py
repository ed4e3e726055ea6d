"""The watchdog, on a loop that is really stuck, and on clocks of the test's."""

import asyncio
import json
import threading
import time

from sidecar.telemetry.log import Log
from sidecar.telemetry.loop_lag import LoopLag
from sidecar.telemetry.watchdog import LATE, LOOK, Watchdog
from tests.telemetry.exchanges import Diary


class Stuck:
    """A loop whose age the test sets."""

    def __init__(self):
        self.now = 100.0
        self.age = 0.0
        self.diary = Diary()
        self.watchdog = Watchdog(
            lambda: self.age, Log(self.diary), clock=lambda: self.now
        )
        self.watchdog._watched = threading.get_ident()

    def look(self, age, after=LOOK):
        self.now += after
        self.age = age
        self.watchdog.look()
        lines, self.diary.lines = self.diary.lines, []
        return [json.loads(line) for line in lines]


def test_a_loop_that_turns_is_not_spoken_of():
    loop = Stuck()
    assert [loop.look(age) for age in (0.0, 0.1, LATE)] == [[], [], []]


def test_once_each_time_it_is_stuck():
    loop = Stuck()
    [line] = loop.look(0.3)
    assert line["event"] == "event loop blocked"
    assert line["seconds"] == 0.3
    assert "test_watchdog.py" in line["traceback"]
    assert loop.look(0.4) == loop.look(5.0) == []
    assert loop.look(0.0) == []
    assert len(loop.look(0.3, after=LOOK)) == 0, "within the same second"
    loop.look(0.0)
    for _ in range(20):
        loop.look(0.0)
    [line] = loop.look(0.3)
    assert line["suppressed"] == 1


def test_a_machine_that_stood_still_is_not_the_loops_fault():
    loop = Stuck()
    assert loop.look(60.0, after=60.0) == []
    assert loop.look(0.0) == []
    assert len(loop.look(0.3)) == 1


def test_a_thread_that_is_gone_has_no_stack():
    loop = Stuck()
    loop.watchdog._watched = 0
    assert loop.look(0.3) == []


async def test_a_real_loop_and_where_it_is_stuck():
    diary = Diary()
    lag = LoopLag()
    watchdog = Watchdog(lambda: lag.age, Log(diary))
    lag.start()
    watchdog.start()

    def culprit():
        until = time.monotonic() + 60
        while not diary.lines and time.monotonic() < until:
            time.sleep(0.01)

    asyncio.get_running_loop().call_soon(culprit)
    await asyncio.sleep(0)
    watchdog.stop()
    lag.stop()
    [line] = map(json.loads, diary.lines)
    assert "culprit" in line["traceback"]
    assert line["seconds"] > LATE


def test_stopping_what_was_never_started():
    Watchdog(lambda: 0.0, Log(Diary())).stop()
