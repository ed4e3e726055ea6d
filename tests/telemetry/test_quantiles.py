"""Percentiles that agree with Prometheus' histogram_quantile."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.histogram import REQUEST, Histogram
from sidecar.telemetry.quantiles import quantile, share, summary


def counted(values, bounds=REQUEST):
    histogram = Histogram(bounds)
    for value in values:
        histogram.observe(value)
    return histogram


@pytest.mark.parametrize(
    ("rule", "values", "share", "expected"),
    [
        ("nothing counted, nothing known", [], 0.5, None),
        ("linear within the first bucket", [0.1], 0.5, 0.5),
        ("linear within a later one", [1.5, 1.5, 1.5, 1.5], 0.25, 1.25),
        ("all of them: the bucket's end", [0.1, 1.5], 1.0, 2.0),
        ("empty buckets are passed over", [0.1, 3.0], 0.75, 3.0),
        ("beyond the last bound: that bound", [9.0], 0.99, 4.0),
        ("the least", [1.5], 0.0, 1.0),
    ],
)
def test_quantile(rule, values, share, expected):
    assert quantile(counted(values, (1.0, 2.0, 4.0)), share) == expected


@pytest.mark.parametrize(
    ("rule", "values", "value", "expected"),
    [
        ("nothing counted, nothing known", [], 0.5, None),
        ("linear within the first bucket", [0.1, 3.0], 0.5, 0.25),
        ("linear within a later one", [1.5, 1.5, 1.5, 1.5], 1.25, 0.25),
        ("a bound", [0.1, 1.5], 1.0, 0.5),
        ("no time at all", [0.1], 0.0, 0.0),
        ("beyond the last bound: all", [0.1, 9.0], 4.0, 1.0),
    ],
)
def test_share(rule, values, value, expected):
    assert share(counted(values, (1.0, 2.0, 4.0)), value) == expected


def test_summary_of_nothing():
    empty = summary(counted([]))
    assert (empty.count, empty.avg, empty.p50, empty.p99) == (0, None, None, None)


DURATIONS = st.lists(st.floats(0.0001, 59), min_size=1, max_size=60)


@given(DURATIONS, st.floats(0.001, 1))
def test_a_share_is_a_quantile_turned_around(values, of_them):
    histogram = counted(values)
    found = quantile(histogram, of_them)
    assert found is not None
    assert share(histogram, found) == pytest.approx(of_them)


@given(DURATIONS)
def test_the_median_lies_in_the_bucket_of_the_true_one(values):
    true = sorted(values)[(len(values) - 1) // 2]
    found = quantile(counted(values), 0.5)
    upper = min(bound for bound in REQUEST if bound >= true)
    lower = max((bound for bound in REQUEST if bound < true), default=0.0)
    assert found is not None
    assert lower <= found <= upper


@given(DURATIONS)
def test_percentiles_rise_and_the_average_is_exact(values):
    found = summary(counted(values))
    assert [found.p50, found.p95, found.p99] == sorted(
        quantile(counted(values), share) or 0.0 for share in (0.5, 0.95, 0.99)
    )
    assert found.avg == pytest.approx(sum(values) / len(values))
    assert found.count == len(values)
