"""How many may be connected, in all and from one address."""

import resource

import pytest

from sidecar.server.connections import (
    RESERVED_DESCRIPTORS,
    Bounds,
    Connections,
    Refused,
    affordable,
    granted,
    peer_address,
    shortfall,
)
from tests.server.wire import Wire, transport


class One:
    def close_if_idle(self) -> None: ...
    def abort(self) -> None: ...


def test_the_limit_of_all():
    connections = Connections(Bounds(2))
    first, second, third = One(), One(), One()
    assert connections.enter(first, "a") is None
    assert connections.enter(second, "a") is None
    assert connections.enter(third, "b") is Refused.TOTAL
    connections.leave(third, "b")
    assert len(connections) == 2
    connections.leave(first, "a")
    connections.leave(first, "a")
    assert connections.enter(third, "b") is None
    assert connections.accepted == 4
    assert connections.refused == {"total": 1, "address": 0, "memory": 0}


def test_where_memory_is_scarce():
    connections = Connections(Bounds(9))
    connections.scarce = True
    assert connections.enter(One(), "a") is Refused.MEMORY
    assert connections.refused["memory"] == 1
    connections.scarce = False
    assert connections.enter(One(), "a") is None


def test_the_limit_of_one_address():
    connections = Connections(Bounds(9, per_address=1))
    first, second, third = One(), One(), One()
    assert connections.enter(first, "a") is None
    assert connections.enter(second, "a") is Refused.ADDRESS
    connections.leave(second, "a")  # was never let in, and frees nothing
    assert connections.enter(second, "a") is Refused.ADDRESS
    assert connections.enter(third, "b") is None
    connections.leave(first, "a")
    assert connections.enter(second, "a") is None
    assert connections.refused["address"] == 2


class Elsewhere:
    """Another worker, with two connections of one address."""

    def __init__(self):
        self.told = []

    def count(self):
        return 2

    def of(self, address):
        return 2 if address == "a" else 0

    def entered(self, count, address):
        self.told.append(("entered", count, address))

    def left(self, count, address):
        self.told.append(("left", count, address))


def test_what_other_workers_have_counts():
    connections = Connections(Bounds(9, everywhere=4, per_address=3))
    connections.elsewhere = Elsewhere()
    first = One()
    assert connections.enter(first, "a") is None
    assert connections.enter(One(), "a") is Refused.ADDRESS
    assert connections.enter(One(), "b") is None
    assert connections.enter(One(), "b") is Refused.TOTAL
    connections.leave(first, "a")
    assert connections.elsewhere.told == [
        ("entered", 1, "a"),
        ("entered", 2, "b"),
        ("left", 1, "a"),
    ]


def test_other_bounds_leave_those_that_are_here():
    connections = Connections(Bounds(9))
    for _ in range(3):
        connections.enter(One(), "a")
    connections.bounds = Bounds(2)
    assert len(connections) == 3
    assert connections.enter(One(), "a") is Refused.TOTAL


def test_those_without_an_address_are_not_counted_by_it():
    connections = Connections(Bounds(9, per_address=1))
    assert [connections.enter(One(), "") for _ in range(3)] == [None] * 3


def test_addresses_that_left_are_forgotten():
    connections = Connections(Bounds(9, per_address=5))
    for number in range(100):
        connections.enter(one := One(), str(number))
        connections.leave(one, str(number))
    assert not connections._by_address


def test_those_that_leave_may_be_walked_over():
    connections = Connections(Bounds(9))
    for _ in range(3):
        connections.enter(One(), "")
    for one in connections:
        connections.leave(one, "")
    assert len(connections) == 0


def test_what_the_descriptors_allow():
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert 16 <= affordable() <= 1_000_000
    if soft != resource.RLIM_INFINITY and soft > 2 * RESERVED_DESCRIPTORS:
        assert 2 * affordable() + RESERVED_DESCRIPTORS <= soft


def test_what_is_wanted_in_vain_is_said():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard != resource.RLIM_INFINITY
    fits = (hard - RESERVED_DESCRIPTORS) // 2
    assert [shortfall(wanted, 1) for wanted in ("auto", 1, fits)] == [""] * 3
    assert shortfall(2 * fits, 2) == ""
    for workers in (1, 2):
        most = workers * fits
        said = shortfall(most + 1, workers)
        assert f"limits.connections is {most + 1}, and {most} are served" in said


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("192.0.2.1", 1), "192.0.2.1"),
        (("2001:db8::1", 1, 0, 0), "2001:db8::1"),
        (("::ffff:192.0.2.1", 1, 0, 0), "192.0.2.1"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::1"),
        ("", ""),
        (None, ""),
    ],
)
def test_peer_address(peer, address):
    assert peer_address(transport(Wire(peer))) == address


@pytest.fixture
def descriptors():
    """The limits of this process, which the test may lower for itself."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield lambda soft: resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_limit_of_descriptors_is_raised_for_what_the_file_wants(descriptors):
    descriptors(512)
    assert granted(500) == 500
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft == 1000 + RESERVED_DESCRIPTORS <= hard
    assert granted(100) == 100
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == soft, "it is never lowered"


def test_more_than_the_system_grants_is_not_promised(descriptors):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = hard + 1 if hard != resource.RLIM_INFINITY else 10_000
    assert granted(wanted) <= wanted
    assert granted(wanted) == min(wanted, affordable())
