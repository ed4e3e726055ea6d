"""How many processes end, in order."""

import socket
from typing import Any, cast

import pytest

from sidecar.server.leaving import MARGIN, Leaving
from sidecar.server.listeners import Opened
from sidecar.server.messages import Hurry, Leave
from sidecar.units import Instant
from tests.server.crew import Crew

LONGEST = 33.0
NOW = Instant(100.0)


@pytest.fixture
def crew():
    return Crew()


@pytest.fixture
def sockets():
    found = [socket.socket() for _ in range(3)]
    yield found
    for one in found:
        one.close()


@pytest.fixture
def leaving(crew, sockets):
    opened = Opened((sockets[0],), sockets[1], sockets[2])
    return Leaving(cast("Any", crew), opened)


def test_the_workers_first_and_the_desk_last(leaving, crew):
    leaving.begin(LONGEST, NOW, grace=True)
    assert crew.take() == {"1.1": [Leave(True)], "2.2": [Leave(True)], "desk.0": []}
    assert not leaving.is_over(NOW)
    del crew.everyone[:2]
    assert not leaving.is_over(NOW)
    assert crew.take() == {"desk.0": [Leave(False)]}
    assert not leaving.is_over(NOW)
    assert crew.take() == {"desk.0": []}
    crew.everyone.clear()
    assert leaving.is_over(NOW)
    assert crew.killed == []


def test_the_sockets_are_the_workers_alone(leaving, sockets):
    leaving.begin(LONGEST, NOW, grace=True)
    assert [one.fileno() < 0 for one in sockets] == [True, False, False]


def test_those_that_should_long_be_gone_are_killed(leaving, crew):
    leaving.begin(LONGEST, NOW, grace=True)
    leaving.is_over(Instant(NOW + LONGEST))
    assert crew.killed == []
    leaving.is_over(Instant(NOW + LONGEST + MARGIN))
    assert crew.killed == ["1.1", "2.2", "desk.0"]


def test_hurry(leaving, crew):
    crew.everyone.append(crew.child(2))
    leaving.begin(LONGEST, NOW, grace=True)
    crew.take()
    leaving.hurry(NOW)
    assert crew.killed == ["3.3"]
    assert crew.take()["1.1"] == [Hurry()]
    leaving.is_over(Instant(NOW + MARGIN))
    assert "1.1" in crew.killed


def test_a_desk_that_does_not_leave_is_killed(leaving, crew):
    leaving.begin(LONGEST, NOW, grace=True)
    del crew.everyone[:2]
    leaving.is_over(NOW)
    leaving.is_over(Instant(NOW + MARGIN))
    assert crew.killed == ["desk.0"]
