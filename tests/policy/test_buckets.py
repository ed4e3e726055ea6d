"""However many keys come, the table stays small, and the busy ones stay in it."""

from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.rate_limit import Charge, Limit

LIMIT = Limit.of("limit", 100, 3600.0)
TWO = Limit.of("two", 2, 3600.0)


def test_each_key_has_a_bucket_of_its_own():
    buckets = LocalBuckets()
    for key in (b"a", b"b"):
        allowed = [buckets.spend([Charge(key, TWO)], 0.0).allowed for _ in range(3)]
        assert allowed == [True, True, False]


def test_exactly_the_burst_of_a_thousand_passes():
    buckets, charge = LocalBuckets(), [Charge(b"a", LIMIT)]
    assert sum(buckets.spend(charge, 0.0).allowed for _ in range(1000)) == 100


def test_a_cost_that_is_known_later():
    buckets = LocalBuckets()
    buckets.settle(Charge(b"a", TWO, 2.5), 0.0)
    assert not buckets.spend([Charge(b"a", TWO, 0.0)], 0.0).allowed
    assert buckets.spend([Charge(b"a", TWO, 0.0)], 1800.0).allowed


def test_who_only_owes_takes_no_more_room_either():
    buckets = LocalBuckets(100)
    for number in range(1000):
        buckets.settle(Charge(b"%d" % number, TWO, 2.5), 0.0)
    assert len(buckets) <= 101


def test_a_million_keys_take_no_more_room_than_the_table_has():
    buckets = LocalBuckets(1000)
    for number in range(1_000_000):
        buckets.spend([Charge(b"%d" % number, TWO)], 1.0)
        assert len(buckets) <= 1001
    assert buckets.forgotten >= 1_000_000 - 2000


def test_who_keeps_coming_is_not_forgotten():
    buckets = LocalBuckets(1000)
    busy, allowed = [Charge(b"busy", LIMIT)], 0
    for number in range(100_000):
        buckets.spend([Charge(b"%d" % number, TWO)], 1.0)
        if number % 100 == 0:
            allowed += buckets.spend(busy, 1.0).allowed
    assert allowed == 100


def test_what_is_full_again_may_be_forgotten_without_loss():
    buckets = LocalBuckets(10)
    for number in range(100):
        buckets.spend([Charge(b"%d" % number, TWO)], number * 10_000.0)
    assert buckets.forgotten == 0


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 600)), max_size=100))
def test_no_interleaving_gives_a_key_more_than_its_limit(steps):
    buckets, now, passed = LocalBuckets(4), 0.0, {}
    for key, pause in steps:
        now += pause
        if buckets.spend([Charge(key.encode(), TWO)], now).allowed:
            passed.setdefault(key, []).append(now)
    for times in passed.values():
        assert len(times) <= 2 + (times[-1] - times[0]) * 2 / 3600 + 0.01
