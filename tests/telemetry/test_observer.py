"""Everyone is told once, and nobody is told nothing."""

from sidecar.telemetry.observer import NOBODY, Observer
from sidecar.units import Instant
from tests.telemetry.exchanges import END, START, Diary, finished


def test_each_sees_an_exchange_once():
    watchers = [Diary(), Diary(), Diary()]
    exchange = finished()
    Observer(*watchers).observe(exchange)
    assert [watcher.seen for watcher in watchers] == [[exchange]] * 3


def test_the_slow_log_sees_what_takes_long_enough_for_some_route():
    slow = Diary()
    observer = Observer(slow_log=slow, slow_from=END - START)
    exchange = finished()
    observer.observe(exchange)
    observer.observe(finished(ended=Instant(END - 0.001)))
    assert slow.seen == [exchange]


def test_what_is_off_is_told_too_and_keeps_still():
    diary = Diary()
    Observer(NOBODY, diary).observe(finished())
    Observer().observe(finished())
    assert len(diary.seen) == 1
