"""What was slow is kept, and said at most ten times a second."""

import json

import pytest

from sidecar.telemetry.log import Log
from sidecar.telemetry.slow_log import KEEP, LINES, SlowLog
from tests.telemetry.exchanges import Diary, finished, head, lasting


class Fixture:
    def __init__(self):
        self.now = 1000.0
        self.diary = Diary()
        self.log = SlowLog({"products": 1.0}, Log(self.diary), clock=lambda: self.now)

    def lines(self):
        return [json.loads(line) for line in self.diary.lines]


@pytest.fixture
def slow():
    return Fixture()


@pytest.mark.parametrize(
    ("rule", "exchange", "is_slow"),
    [
        ("faster than the threshold", lasting(0.99), False),
        ("as slow as it", lasting(1.0), True),
        ("slower", lasting(3.0), True),
        ("a tunnel lives long", lasting(99, status=101), False),
        ("another route has none", lasting(99, route="reports"), False),
    ],
)
def test_threshold(slow, rule, exchange, is_slow):
    slow.log.observe(exchange)
    assert slow.log.count == len(slow.log.slowest()) == len(slow.lines()) == is_slow


def test_a_line_has_the_phases_and_no_secrets(slow):
    request = head(target=b"/p?token=canary")
    slow.log.observe(lasting(1.5, request=request, queue=0.25, first_byte=1.2))
    [line] = slow.lines()
    assert line["level"] == "warning"
    assert line["event"] == "slow request"
    assert line["duration_ms"] == 1500
    assert (line["queue_ms"], line["first_byte_ms"]) == (250, 1200)
    assert line["connect_ms"] is None
    assert line["target"] == "/p?token=[redacted]"
    assert "suppressed" not in line
    assert slow.log.slowest()[0].target == "/p?token=[redacted]"


def test_the_slowest_come_first_and_the_oldest_go(slow):
    for seconds in (5, 90, *range(1, KEEP), 60):
        slow.log.observe(lasting(seconds))
    kept = [request.duration_ms for request in slow.log.slowest()]
    assert len(kept) == KEEP
    assert kept[:2] == [99_000, 98_000]
    assert kept == sorted(kept, reverse=True)
    assert slow.log.count == KEEP + 2


def test_lines_are_limited_and_those_left_out_are_counted(slow):
    for _ in range(LINES + 5):
        slow.log.observe(lasting(2))
    assert len(slow.lines()) == LINES
    slow.now += 1
    slow.log.observe(lasting(2))
    slow.log.observe(lasting(2))
    assert [line.get("suppressed") for line in slow.lines()[LINES:]] == [5, None]
    assert len(slow.log.slowest()) == LINES + 7


def test_long_fields_are_cut(slow):
    request = head(method=b"M" * 9999, target=b"/" + b"\xff" * 99_999)
    slow.log.observe(lasting(2, request=request, id=b"x" * 99_999))
    kept = slow.log.slowest()[0]
    assert len(kept.method) + len(kept.request_id) <= 256
    assert len(kept.target) <= 4 * 512


def test_what_was_fast_is_not_kept(slow):
    slow.log.observe(finished())
    assert slow.log.slowest() == []
