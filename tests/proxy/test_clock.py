"""Two times, and one Date a second."""

import time
from email.utils import parsedate_to_datetime

from sidecar.proxy.clock import Clock


def test_now_is_monotonic_and_wall_is_unix_time():
    clock = Clock()
    before, after = time.monotonic(), clock.now()
    assert before <= after <= time.monotonic()
    assert time.time() - 60 < clock.wall() < time.time() + 60


def test_the_date_is_an_imf_fixdate_of_now():
    date = Clock().date()
    assert date.endswith(b" GMT")
    assert abs(parsedate_to_datetime(date.decode()).timestamp() - time.time()) < 5


def test_the_date_is_made_again_when_its_second_is_over():
    clock = Clock()
    assert clock.date() == clock.date()
    clock._date, clock._date_until = b"old", time.time() - 0.1
    assert clock.date() != b"old"


def test_the_date_follows_a_wall_clock_that_was_set_back():
    clock = Clock()
    clock._date, clock._date_until = b"from the future", time.time() + 3600
    assert clock.date() != b"from the future"
