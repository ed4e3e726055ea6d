"""How many connections each worker has, and whose turn it is."""

import pytest

from sidecar.server.heartbeats import Heartbeats
from sidecar.server.shares import AWAKE, Share, Shares


class Crew:
    """Three workers whose hearts beat when they are told to."""

    def __init__(self):
        self.now = 100.0
        self.beats = Heartbeats(3, clock=lambda: self.now)
        self.shares = Shares(3, self.beats)
        self.told = 0
        for slot in range(3):
            self.beats.beat(slot)
        self.share = Share(self.shares, 0, self.too_many)

    def too_many(self):
        self.told += 1


@pytest.fixture
def crew():
    return Crew()


def test_what_one_writes_others_read(crew):
    crew.share.entered(7, "192.0.2.1")
    assert [crew.shares.count(slot) for slot in range(3)] == [7, 0, 0]


def test_others_have_the_next(crew):
    crew.shares.set(1, 10)
    crew.share.entered(4, "192.0.2.1")
    assert crew.told == 0
    crew.share.entered(5, "192.0.2.1")
    assert crew.told == 1


def test_only_one_that_came_in_is_too_many(crew):
    crew.share.entered(50, "192.0.2.1")
    crew.share.left(49, "192.0.2.1")
    assert crew.told == 1


def test_who_cannot_accept_has_no_turn(crew):
    crew.now += AWAKE + 0.1
    crew.share.entered(50, "192.0.2.1")
    assert crew.told == 0
    crew.beats.beat(2)
    crew.share.entered(51, "192.0.2.1")
    assert crew.told == 1


def test_a_successor_begins_with_none(crew):
    other = Share(crew.shares, 1, crew.too_many)
    other.entered(10, "192.0.2.1")
    assert (crew.share.count(), crew.share.of("192.0.2.1")) == (10, 1)
    Share(crew.shares, 1, crew.too_many)
    assert (crew.share.count(), crew.share.of("192.0.2.1")) == (0, 0)
