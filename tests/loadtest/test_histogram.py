"""Quantiles are those of what was counted, as near as the buckets are wide."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.loadtest.histogram import Histogram

SECONDS = st.floats(0, 3600, allow_nan=False)


def of(values):
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    return histogram


@pytest.mark.parametrize(
    ("rule", "values", "share", "expected"),
    [
        ("nothing", [], 0.5, None),
        ("one", [0.25], 0.5, 0.25),
        ("the largest", [0.1, 0.2, 7.5], 1.0, 7.5),
        ("microseconds are exact", [0.00001, 0.00002, 0.00003], 0.5, 0.000021),
        ("below nothing is nothing", [-1.0], 0.5, 0.0),
    ],
)
def test_quantile(rule, values, share, expected):
    assert of(values).quantile(share) == expected


def test_mean():
    assert of([1.0, 3.0]).mean == 2.0
    assert of([]).mean is None


@given(st.lists(SECONDS, min_size=1), st.sampled_from([0.01, 0.5, 0.9, 0.99, 1.0]))
def test_as_near_as_the_buckets_are_wide(values, share):
    exact = sorted(values)[max(0, -int(-share * len(values) // 1) - 1)]
    found = of(values).quantile(share)
    assert exact <= found + 1e-9
    assert found <= exact * 1.008 + 2e-6


@given(st.lists(SECONDS, min_size=1))
def test_it_never_goes_down(values):
    found = [of(values).quantile(share / 20) for share in range(1, 21)]
    assert found == sorted(found)
    assert found[-1] == max(values)
