import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.figures import quantile, ratios, spread

SAMPLES = st.lists(st.floats(0.001, 1e6), min_size=1, max_size=50)
QUANTILES = [
    ("one sample is every quantile", [7.0], 0.99, 7.0),
    ("the middle of an odd number", [3.0, 1.0, 2.0], 0.5, 2.0),
    ("between two", [1.0, 2.0], 0.5, 1.5),
    ("the least", [3.0, 1.0, 2.0], 0.0, 1.0),
    ("the greatest", [3.0, 1.0, 2.0], 1.0, 3.0),
]
RATIOS = [
    ("round by round", [2.0, 9.0], [1.0, 3.0], [2.0, 3.0]),
    ("a round with nothing is left out", [2.0, 0.0], [1.0, 3.0], [2.0]),
    ("a peer with nothing, too", [2.0, 1.0], [0.0, 1.0], [1.0]),
]


@pytest.mark.parametrize(("rule", "samples", "q", "expected"), QUANTILES)
def test_quantile(rule, samples, q, expected):
    assert quantile(samples, q) == expected, rule


@pytest.mark.parametrize(("rule", "ours", "theirs", "expected"), RATIOS)
def test_ratios(rule, ours, theirs, expected):
    assert ratios(ours, theirs) == expected, rule


def test_ratios_need_the_same_rounds():
    with pytest.raises(ValueError, match="longer"):
        ratios([1.0], [1.0, 2.0])


@given(SAMPLES)
def test_a_spread_is_in_order(samples):
    found = spread(samples)
    assert min(samples) <= found.p10 <= found.p50 <= found.p90 <= max(samples)


@given(SAMPLES)
def test_a_machine_twice_as_slow_changes_no_ratio(samples):
    slowed = [sample * 2 for sample in samples]
    assert ratios(slowed, slowed) == ratios(samples, samples) == [1.0] * len(samples)
