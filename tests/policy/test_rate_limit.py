"""Two in a second, three at once; and what holds for any limit."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.rate_limit import EMPTY, Charge, Limit, judge, settle

PAIR = Limit.of("pair", 2, 1.0, burst=3)
HOUR = Limit.of("hour", 4, 3600.0)
YES, NO = True, False


def spend(limit, times, cost=1.0):
    """Send one request of a single key at each time; return the verdicts."""
    bucket, verdicts = EMPTY, []
    for time in times:
        verdicts.append(judge([bucket], [Charge(b"key", limit, cost)], time))
        (bucket,) = verdicts[-1].full_at
    return verdicts


@pytest.mark.parametrize(
    ("rule", "times", "allowed"),
    [
        ("a burst, then refusal", [0, 0, 0, 0], [YES, YES, YES, NO]),
        ("one more every half second", [0, 0, 0, 0.5, 0.5], [YES, YES, YES, YES, NO]),
        (
            "a pause refills the burst, no more",
            [0, 9, 9, 9, 9],
            [YES, YES, YES, YES, NO],
        ),
        ("a refusal costs nothing", [0, 0, 0, 0.4, 0.5], [YES, YES, YES, NO, YES]),
        (
            "a clock set back makes nobody wait longer",
            [9, 9, 9, 9],
            [YES, YES, YES, NO],
        ),
    ],
)
def test_two_a_second(rule, times, allowed):
    assert [one.allowed for one in spend(PAIR, times)] == allowed


def test_where_no_burst_is_given_it_is_the_quota():
    assert [one.allowed for one in spend(HOUR, [0] * 5)] == [YES] * 4 + [NO]


def test_what_is_left():
    verdicts = spend(PAIR, [10, 10, 10.25, 10.25])
    standings = [one.standings[0] for one in verdicts]
    assert [one.remaining for one in standings] == [2, 1, 0, 0]
    assert [one.reset for one in standings] == pytest.approx([0.5, 1.0, 1.25, 0.25])
    assert verdicts[-1].retry_after == pytest.approx(0.25)
    assert verdicts[-1].refused is PAIR


def test_a_request_may_cost_more():
    assert [one.allowed for one in spend(PAIR, [0, 0, 0.5], cost=2)] == [YES, NO, YES]
    assert not spend(PAIR, [0], cost=4)[0].allowed


def test_a_debt_is_paid_back_before_anything_passes():
    bucket = settle(EMPTY, Charge(b"key", PAIR, 8.0), 100.0)
    ask = [Charge(b"key", PAIR, 0.0)]
    assert not judge([bucket], ask, 100.0).allowed
    assert judge([bucket], ask, 100.0).retry_after == pytest.approx(2.5)
    assert judge([bucket], ask, 102.5).allowed


def test_all_charges_pass_or_none_is_taken():
    charges = [Charge(b"a", PAIR), Charge(b"b", HOUR)]
    buckets = [EMPTY, EMPTY]
    for _ in range(3):
        verdict = judge(buckets, charges, 0.0)
        assert verdict.allowed
        buckets = verdict.full_at
    verdict = judge(buckets, charges, 0.0)
    assert (verdict.allowed, verdict.refused, verdict.full_at) == (False, PAIR, buckets)
    verdict = judge(judge(buckets, charges, 9.0).full_at, charges, 9.0)
    assert verdict.refused is HOUR
    assert [one.limit.name for one in verdict.standings] == ["pair", "hour"]


def test_the_longest_wait_is_told():
    slow, fast = Limit.of("slow", 1, 60.0), Limit.of("fast", 1, 1.0)
    charges = [Charge(b"a", slow), Charge(b"b", fast)]
    verdict = judge(judge([EMPTY, EMPTY], charges, 0.0).full_at, charges, 0.0)
    assert (verdict.refused, verdict.retry_after) == (slow, 60.0)


def test_several_times_as_much():
    thrice = PAIR.times(3, "thrice")
    assert [one.allowed for one in spend(thrice, [0] * 10)] == [YES] * 9 + [NO]
    assert (thrice.quota, thrice.window, thrice.name) == (6, 1.0, "thrice")


RATES = st.tuples(st.integers(1, 1000), st.floats(0.01, 86_400), st.integers(1, 50))
STARTS = st.floats(0, 1e8)  # a machine that has been up for three years


@given(RATES, STARTS, st.lists(st.floats(0, 2), max_size=80))
def test_no_schedule_beats_the_limit(rate, start, pauses):
    count, period, burst = rate
    times = [start + sum(pauses[: n + 1]) for n in range(len(pauses))]
    verdicts = spend(Limit.of("any", count, period, burst), times)
    allowed = [time for time, one in zip(times, verdicts, strict=True) if one.allowed]
    if allowed:
        spent = allowed[-1] - allowed[0]
        assert (
            len(allowed)
            <= burst + spent * count / period + 0.01 + 2e-6 * count / period
        )


@given(RATES, STARTS)
def test_waiting_as_long_as_told_suffices(rate, start):
    count, period, burst = rate
    limit = Limit.of("any", count, period, burst)
    refused = spend(limit, [start] * (burst + 1))[-1]
    if not refused.allowed:
        later = start + ceil(refused.retry_after)
        assert judge(refused.full_at, [Charge(b"key", limit)], later).allowed


@given(RATES, STARTS)
def test_what_is_said_to_remain_remains(rate, start):
    count, period, burst = rate
    limit = Limit.of("any", count, period, burst)
    (first,) = spend(limit, [start])
    left = first.standings[0].remaining
    bucket, passed = first.full_at[0], 0
    for _ in range(left + 1):
        verdict = judge([bucket], [Charge(b"key", limit)], start)
        (bucket,) = verdict.full_at
        passed += verdict.allowed
    assert left <= passed
    if period / count > 1e-3:
        assert passed == left == burst - 1


@pytest.mark.parametrize(
    ("rule", "other", "same"),
    [
        ("the same", Limit.of("pair", 2, 1.0, burst=3), True),
        ("another name", Limit.of("other", 2, 1.0, burst=3), False),
        ("another rate", Limit.of("pair", 2, 60.0, burst=3), False),
        ("another burst", Limit.of("pair", 2, 1.0), False),
        ("a tier", Limit.of("pair", 2, 1.0, burst=3, tier="gold"), False),
        ("all of an address", PAIR.times(1, "pair"), False),
    ],
)
def test_whose_buckets_are_the_same(rule, other, same):
    assert (other.key == PAIR.key) is same
