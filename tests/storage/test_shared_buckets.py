"""Shared buckets judge as those of one worker do, and lose nothing in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.rate_limit import EMPTY, Charge, Limit
from sidecar.storage.ledger import Ledger
from sidecar.storage.shared_buckets import SharedBuckets

TEN = Limit.of("ten", 10, 60.0)
TWO = Limit.of("two", 2, 1.0)


@pytest.fixture
def ledger(tmp_path):
    one = Ledger(tmp_path / "ledger")
    yield one
    one.close()


def test_what_the_ledger_never_saw_is_a_full_bucket(ledger):
    assert ledger.number(b"b" + b"key") == EMPTY


def test_as_much_as_the_limit_and_not_more(ledger):
    buckets = SharedBuckets(ledger)
    charge = [Charge(b"key", TEN)]
    verdicts = [buckets.spend(charge, 1000.0) for _ in range(12)]
    assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 2
    assert buckets.spend(charge, 1000.0 + verdicts[-1].retry_after).allowed


def test_two_workers_share_what_there_is(ledger):
    """Each has its own object; the numbers are the same."""
    workers = [SharedBuckets(ledger), SharedBuckets(ledger)]
    charge = [Charge(b"key", TEN)]
    allowed = [workers[turn % 2].spend(charge, 1000.0).allowed for turn in range(20)]
    assert allowed == [True] * 10 + [False] * 10


def test_a_ledger_that_is_lost_lets_pass(ledger):
    buckets = SharedBuckets(ledger)
    ledger.close()
    charge = [Charge(b"key", TWO)]
    assert all(buckets.spend(charge, 1000.0).allowed for _ in range(10))
    buckets.settle(charge[0], 1000.0)


CHARGES = st.lists(
    st.builds(
        Charge,
        st.sampled_from([b"a", b"b"]),
        st.sampled_from([TEN, TWO]),
        st.floats(0.1, 3.0),
    ),
    min_size=1,
    max_size=2,
    unique_by=lambda charge: charge.key,
)
STEPS = st.lists(st.tuples(CHARGES, st.floats(0, 5), st.booleans()), max_size=20)


@given(STEPS)
def test_it_judges_as_the_buckets_of_one_worker(tmp_path_factory, steps):
    ledger = Ledger(tmp_path_factory.mktemp("ledger"))
    shared, local = SharedBuckets(ledger), LocalBuckets()
    now = 1000.0
    for charges, pause, settles in steps:
        now += pause
        if settles:
            shared.settle(charges[0], now)
            local.settle(charges[0], now)
        else:
            assert shared.spend(charges, now) == local.spend(charges, now)
    ledger.close()
