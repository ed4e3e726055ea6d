from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.units import Instant
from sidecar.upstream.balance import least_requests, round_robin, willing

NEVER_SHUNNED = Instant(0.0)


@dataclass
class One:
    outstanding: int = 0
    shunned_until: Instant = NEVER_SHUNNED


IDLE, BUSY, BUSIEST = One(0), One(5), One(9)


@pytest.mark.parametrize(
    ("rule", "endpoints", "chances", "picked"),
    [
        ("the only one", [BUSY], [], BUSY),
        ("the first of two, and less busy", [IDLE, BUSY], [0.0, 0.0], IDLE),
        ("the second, and less busy", [BUSY, IDLE], [0.0, 0.0], IDLE),
        ("drawn in the other order", [BUSY, IDLE], [0.5, 0.0], IDLE),
        ("the idlest was not drawn", [BUSIEST, BUSY, IDLE], [0.0, 0.0], BUSY),
        ("the last of the others", [BUSIEST, BUSY, IDLE], [0.0, 0.99], IDLE),
    ],
)
def test_least_requests(rule, endpoints, chances, picked):
    assert least_requests(endpoints, iter(chances).__next__) is picked


@given(
    st.lists(st.integers(0, 9), min_size=2),
    st.floats(0, 1, exclude_max=True),
    st.floats(0, 1, exclude_max=True),
)
def test_the_busiest_of_all_is_never_picked(loads, one, other):
    endpoints = [One(load) for load in loads]
    endpoints.append(One(10))
    picked = least_requests(endpoints, iter([one, other]).__next__)
    assert picked.outstanding < 10


def test_round_robin():
    endpoints = [IDLE, BUSY, BUSIEST]
    assert [round_robin(endpoints, turn) for turn in range(4)] == [*endpoints, IDLE]


@pytest.mark.parametrize(
    ("rule", "shunned_until", "chosen"),
    [
        ("all are well", (0.0, 0.0), (0, 1)),
        ("one failed just now", (11.0, 0.0), (1,)),
        ("one failed a while ago", (10.0, 0.0), (0, 1)),
        ("all failed", (11.0, 11.0), (0, 1)),
    ],
)
def test_willing(rule, shunned_until, chosen):
    endpoints = [One(0, Instant(until)) for until in shunned_until]
    assert list(willing(endpoints, Instant(10.0))) == [endpoints[i] for i in chosen]
