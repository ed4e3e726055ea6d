import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.early_refresh import EARLY_PART, is_due, time_for_it


@pytest.mark.parametrize(
    ("rule", "cost", "fresh", "expected"),
    [
        ("ten fetches before the end", 0.2, 60.0, 2.0),
        ("but only in the last fifth", 5.0, 60.0, 12.0),
        ("what costs nothing is not fetched early", 0.0, 60.0, 0.0),
    ],
)
def test_time_for_it(rule, cost, fresh, expected):
    assert time_for_it(cost, fresh) == pytest.approx(expected), rule


@pytest.mark.parametrize(
    ("rule", "left", "cost", "chance", "expected"),
    [
        ("far from the end", 50.0, 0.2, 0.99, False),
        ("near it, by chance", 0.5, 0.2, 0.99, True),
        ("near it, without luck", 0.5, 0.2, 0.1, False),
        ("a slow fetch begins earlier", 8.0, 2.0, 0.99, True),
        ("at the end", 0.0, 0.2, 0.0, True),
    ],
)
def test_is_due(rule, left, cost, chance, expected):
    assert is_due(left, cost, chance) is expected, rule


@given(
    st.floats(0.0, 100.0),
    st.floats(0.001, 100.0),
    st.floats(0.0, 0.999),
    st.floats(0.0, 100.0),
)
def test_what_is_due_stays_due(left, cost, chance, later):
    if is_due(left, cost, chance):
        assert is_due(left - later, cost, chance)
    assert time_for_it(cost, left) <= EARLY_PART * left
