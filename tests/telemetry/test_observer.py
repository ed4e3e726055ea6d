"""Everyone is told once, and nobody is told nothing."""

from sidecar.telemetry.observer import NOBODY, Observer
from tests.telemetry.exchanges import Diary, Exchange


def test_each_sees_an_exchange_once():
    watchers = [Diary(), Diary(), Diary()]
    exchange = Exchange()
    Observer(*watchers).observe(exchange)
    assert [watcher.seen for watcher in watchers] == [[exchange]] * 3


def test_what_is_off_is_told_too_and_keeps_still():
    diary = Diary()
    Observer(NOBODY, diary).observe(Exchange())
    Observer().observe(Exchange())
    assert len(diary.seen) == 1
