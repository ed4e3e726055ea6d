"""A simulated upstream: so many work at once, the rest wait in it."""

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.concurrency import LEAST, SAMPLES, Fixed, Gradient


def test_a_fixed_limit_learns_nothing():
    fixed = Fixed(50)
    fixed.sample(100.0, 50)
    assert fixed.limit == 50


def busy(limit, places, took, steps=2000):
    """Clients that always want more, and an upstream that serves `places` at once."""
    for _ in range(steps):
        in_flight = limit.limit
        waits = max(0, in_flight - places) / places
        limit.sample(took * (1 + waits), in_flight)
    return limit


@pytest.mark.parametrize("places", [10, 40, 100])
def test_it_settles_near_to_what_the_upstream_can_do(places):
    limit = busy(Gradient(1000), places, 0.1)
    assert places * 0.9 <= limit.limit <= places * 3


def test_it_follows_an_upstream_that_gets_slower():
    limit = busy(Gradient(1000), 100, 0.1)
    before = limit.limit
    busy(limit, 10, 0.1, steps=SAMPLES * 20)
    assert limit.limit < before / 2


UNLIKE: dict[str, Callable[[Random], float]] = {
    "a 304 or a ping now and then": lambda one: 0.002 if one.random() < 0.02 else 0.2,
    "one in five from the backend's own cache": lambda one: (
        0.002 if one.random() < 0.2 else 0.2
    ),
    "one in ten is a report": lambda one: 2.0 if one.random() < 0.1 else 0.02,
    "as services are": lambda one: 0.05 * one.lognormvariate(0.0, 0.5),
}


@pytest.mark.parametrize("kind", UNLIKE)
def test_answers_that_differ_are_no_jam(kind):
    """The upstream has room for all of them."""
    chance, limit = Random(1), Gradient(100)
    for _ in range(5000):
        limit.sample(UNLIKE[kind](chance), limit.limit)
    assert limit.limit > 50


@pytest.mark.parametrize("kind", UNLIKE)
def test_a_jam_is_found_among_answers_that_differ(kind):
    chance, limit, places = Random(1), Gradient(100), 20
    for _ in range(5000):
        waits = max(0, limit.limit - places) / places
        limit.sample(UNLIKE[kind](chance) * (1 + waits), limit.limit)
    assert places * 0.8 <= limit.limit <= places * 3


def test_it_does_not_grow_while_few_ask():
    limit = Gradient(1000)
    for _ in range(10_000):
        limit.sample(0.1, LEAST // 2 - 1)
    assert limit.limit == LEAST


def test_a_jam_is_never_taken_for_normal():
    limit = busy(Gradient(1000), 10, 0.1, steps=100_000)
    assert limit.limit <= 30


def test_an_upstream_that_stays_slower_is_not_starved():
    limit = busy(Gradient(200), 50, 0.1)
    usual = limit.limit
    busy(limit, 50, 0.5, steps=SAMPLES * 500)
    assert limit.limit > usual / 2


def test_it_comes_back_when_the_trouble_is_over():
    limit = busy(Gradient(200), 50, 0.1)
    usual = limit.limit
    busy(limit, 50, 2.0, steps=SAMPLES * 10)
    assert limit.limit < usual / 2
    busy(limit, 50, 0.1, steps=SAMPLES * 200)
    assert limit.limit > usual / 2


@given(
    st.integers(1, 500),
    st.lists(st.tuples(st.floats(0, 1000), st.integers(0, 1000)), max_size=300),
)
def test_it_stays_within_its_bounds_whatever_it_sees(most, samples):
    limit = Gradient(most)
    for took, in_flight in samples:
        limit.sample(took, in_flight)
        assert min(LEAST, most) <= limit.limit <= most
