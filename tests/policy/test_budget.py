"""Extra requests are paid for by good answers, and a few are free."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.budget import KEPT_FOR, Budget
from sidecar.units import Instant


def spend(budget, now, most=1000):
    """How many extra requests may be made at once."""
    return next(n for n in range(most) if not budget.withdraw(Instant(now)))


def test_a_few_are_free_each_second():
    budget = Budget(0.2)
    assert spend(budget, 100.0) == 10
    assert spend(budget, 100.25) == 2
    assert spend(budget, 200.0) == 10


@pytest.mark.parametrize(
    ("free", "at_once", "seconds", "then"),
    [(2.5, 2, 1.0, 2), (0.5, 1, 1.0, 0), (0.5, 1, 2.0, 1), (0.5, 1, 60.0, 1)],
)
def test_of_few_that_are_free_one_is_there(free, at_once, seconds, then):
    budget = Budget(0.2, free=free)
    assert spend(budget, 100.0) == at_once
    assert spend(budget, 100.0 + seconds) == then


def test_five_answers_pay_for_one():
    budget = Budget(0.25, free=0.0)
    assert spend(budget, 0.0) == 0
    for _ in range(100):
        budget.deposit(Instant(0))
    assert spend(budget, 0.0) == 25
    assert spend(budget, 0.0) == 0


def test_savings_do_not_last():
    budget = Budget(1.0, free=0.0)
    spend(budget, 0.0)
    for _ in range(100):
        budget.deposit(Instant(0))
    assert spend(budget, KEPT_FOR) == 0


def test_savings_of_now_are_there_however_long_ago_any_was_spent():
    budget = Budget(0.5, free=0.0)
    for n in range(1000):
        budget.deposit(Instant(100 + n * 0.1))
    assert spend(budget, 200.0) > 30


def test_a_clock_that_goes_back_gives_nothing():
    budget = Budget(0.0)
    spend(budget, 100.0)
    assert spend(budget, 50.0) == 0


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 1)), max_size=200))
def test_never_more_than_the_share_and_the_free_ones(steps):
    budget, now, good, extra = Budget(0.2), 0.0, 0, 0
    for is_good, pause in steps:
        now += pause
        if is_good:
            budget.deposit(Instant(now))
            good += 1
        else:
            extra += budget.withdraw(Instant(now))
        assert extra <= 0.2 * good + 10 * now + 10 + 1e-6
