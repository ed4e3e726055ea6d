"""Buckets count what is at most their bound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.histogram import OVERHEAD, PHASE, REQUEST, Histogram

BOUNDS = (0.1, 0.5, 1.0)
DURATIONS = st.lists(st.floats(0, 100), max_size=50)


def counted(values, bounds=BOUNDS):
    histogram = Histogram(bounds)
    for value in values:
        histogram.observe(value)
    return histogram


@pytest.mark.parametrize(
    ("rule", "value", "counts"),
    [
        ("nothing is less than the first bound", 0.0, [1, 0, 0, 0]),
        ("a bound belongs to its bucket", 0.1, [1, 0, 0, 0]),
        ("just above it is the next", 0.1000001, [0, 1, 0, 0]),
        ("the last bound", 1.0, [0, 0, 1, 0]),
        ("beyond it", 7.0, [0, 0, 0, 1]),
        ("never finished", float("inf"), [0, 0, 0, 1]),
    ],
)
def test_bucket(rule, value, counts):
    assert counted([value]).counts == counts


@given(DURATIONS)
def test_cumulative_counts_are_those_of_the_definition(values):
    expected = [sum(value <= bound for value in values) for bound in BOUNDS]
    assert counted(values).cumulative() == [*expected, len(values)]


@given(DURATIONS, DURATIONS)
def test_merging_is_counting_together(one, other):
    whole = Histogram.merged([counted(one), counted(other)], BOUNDS)
    assert whole.counts == counted(one + other).counts
    assert whole.sum == pytest.approx(sum(one) + sum(other))
    assert whole.count == len(one) + len(other)


@pytest.mark.parametrize(
    ("bounds", "first", "last"),
    [(REQUEST, 0.001, 60.0), (OVERHEAD, 0.00005, 0.1), (PHASE, 0.0001, 60.0)],
)
def test_bounds_rise_from_first_to_last(bounds, first, last):
    assert list(bounds) == sorted(set(bounds))
    assert (bounds[0], bounds[-1]) == (first, last)
