"""One line a second of each kind."""

from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.pacing import KINDS, Pace


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_one_of_a_kind_and_how_many_were_left_out():
    clock = Clock()
    pace = Pace(clock=clock)
    assert pace.admit("a") == 0
    assert pace.admit("b") == 0
    assert [pace.admit("a") for _ in range(5)] == [None] * 5
    clock.now += 0.99
    assert pace.admit("a") is None
    clock.now += 0.01
    assert pace.admit("a") == 6
    assert pace.admit("b") == 0


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0, 0.5)), max_size=100))
def test_never_two_of_a_kind_within_a_second_and_none_is_lost(events):
    clock = Clock()
    pace = Pace(clock=clock)
    last: dict = {}
    told = dict.fromkeys(range(4), 0)
    for kind, pause in events:
        clock.now += pause
        left_out = pace.admit(kind)
        if left_out is not None:
            assert clock.now - last.get(kind, -1e9) >= 0.999999
            last[kind] = clock.now
            told[kind] += 1 + left_out
    for kind in told:
        assert told[kind] <= sum(1 for one, _ in events if one == kind)


def test_kinds_are_bounded():
    pace = Pace(clock=Clock())
    for number in range(10 * KINDS):
        assert pace.admit(number) == 0
    assert len(pace._kinds) <= KINDS
