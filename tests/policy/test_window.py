"""A window of ten seconds, in buckets of one."""

from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.window import Window
from sidecar.units import Instant


def test_it_counts_all_the_failed_and_the_slow():
    window = Window(10)
    window.note(Instant(100))
    window.note(Instant(100.5), failed=True)
    window.note(Instant(101), slow=True)
    window.note(Instant(102), failed=True, slow=True)
    assert (window.total, window.failed, window.slow) == (4, 2, 2)


def test_what_is_old_leaves_with_its_bucket():
    window = Window(10)
    window.note(Instant(100), failed=True)
    window.note(Instant(105), slow=True)
    window.look(Instant(109.9))
    assert (window.total, window.failed, window.slow) == (2, 1, 1)
    window.look(Instant(110))
    assert (window.total, window.failed, window.slow) == (1, 0, 1)


def test_a_pause_empties_it():
    window = Window(10)
    window.note(Instant(100), failed=True)
    window.look(Instant(10_000_000))
    assert (window.total, window.failed, window.slow) == (0, 0, 0)


def test_what_comes_a_little_late_counts():
    window = Window(10)
    window.note(Instant(105))
    window.note(Instant(104), failed=True)
    assert (window.total, window.failed) == (2, 1)


def test_what_went_well_may_be_counted_until_its_bucket_is_over():
    window = Window(10)
    window.note(Instant(100.5))
    assert window.ends == Instant(101)
    window.well += 3
    assert window.total == 4
    window.note(Instant(105), failed=True)
    assert (window.total, window.failed) == (5, 1)
    window.look(Instant(110))
    assert (window.total, window.failed) == (1, 1)


def test_clearing_forgets_everything():
    window = Window(10)
    window.note(Instant(100), failed=True, slow=True)
    window.clear()
    assert (window.total, window.failed, window.slow) == (0, 0, 0)


@given(st.lists(st.tuples(st.floats(0, 4), st.booleans()), max_size=60))
def test_it_agrees_with_a_list_of_all_that_happened(steps):
    window, seen, now = Window(10), [], 0.0
    for pause, failed in steps:
        now += pause
        window.note(Instant(now), failed=failed)
        seen.append((int(now), failed))
        recent = [bad for at, bad in seen if at > int(now) - 10]
        assert (window.total, window.failed) == (len(recent), sum(recent))
