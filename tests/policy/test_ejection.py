"""The worse of several endpoints is left out for a while; half of them never are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.ejection import BASE, IN_A_ROW, LONGEST, VOLUME, Ejection
from sidecar.units import Instant


def fail(ejection, index, now, times=IN_A_ROW):
    return [ejection.note(index, Instant(now), failed=True) for _ in range(times)][-1]


def out(ejection, now):
    return [n for n in range(len(ejection)) if ejection.until(n) > now]


def test_several_failures_in_a_row():
    ejection = Ejection(4)
    assert not fail(ejection, 2, 0.0, IN_A_ROW - 1)
    assert out(ejection, 0.0) == []
    assert fail(ejection, 2, 0.0, 1)
    assert out(ejection, BASE - 1) == [2]
    assert out(ejection, BASE) == []


def test_a_success_between_them():
    ejection = Ejection(4)
    fail(ejection, 2, 0.0, IN_A_ROW - 1)
    ejection.note(2, Instant(0), failed=False)
    assert not fail(ejection, 2, 0.0, IN_A_ROW - 1)


@pytest.mark.parametrize(
    ("rule", "others_fail", "ejected"),
    [("the others are well", False, [0]), ("all are alike", True, [])],
)
def test_one_that_fails_more_often_than_the_others(rule, others_fail, ejected):
    ejection = Ejection(4)
    for n in range(2 * VOLUME):
        for index in range(1, 4):
            ejection.note(index, Instant(0), failed=others_fail and n % 2 == 1)
        ejection.note(0, Instant(0), failed=n % 3 != 0)
    assert out(ejection, 1.0) == ejected


def test_every_time_for_longer():
    ejection, now = Ejection(2), 0.0
    lengths = []
    for _ in range(12):
        fail(ejection, 0, now)
        lengths.append(ejection.until(0) - now)
        now = ejection.until(0)
    assert lengths[:3] == [BASE, 2 * BASE, 3 * BASE]
    assert max(lengths) == lengths[-1] == LONGEST


def test_it_is_forgiven_in_time():
    ejection = Ejection(2)
    fail(ejection, 0, 0.0)
    ejection.note(0, Instant(2 * BASE + 1), failed=False)
    fail(ejection, 0, 100.0)
    assert ejection.until(0) == 100.0 + BASE


def test_it_is_forgiven_one_time_after_the_other():
    ejection, now = Ejection(2), 0.0
    for _ in range(4):
        fail(ejection, 0, now)
        now = ejection.until(0) + 1.0
    well = ejection.until(0) + 4 * BASE + 1.0
    for n in range(10):
        ejection.note(0, Instant(well + n), failed=False)
    assert ejection.until(0) <= well
    fail(ejection, 0, well + 20.0)
    assert ejection.until(0) == well + 20.0 + 4 * BASE


def test_one_alone_is_never_left_out():
    ejection = Ejection(1)
    assert not fail(ejection, 0, 0.0, 100)
    assert out(ejection, 0.0) == []


@given(
    st.integers(1, 7),
    st.lists(
        st.tuples(st.integers(0, 6), st.booleans(), st.floats(0, 20)), max_size=200
    ),
)
def test_never_more_than_half(count, steps):
    ejection, now = Ejection(count), 0.0
    for index, failed, pause in steps:
        now += pause
        ejection.note(index % count, Instant(now), failed=failed)
        assert 2 * len(out(ejection, now)) <= count
