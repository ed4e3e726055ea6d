"""What is given up, when, and when it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.pressure import LAG, LEAST, MEMORY, GivenUp, Level, Pressure


@pytest.mark.parametrize(
    ("rule", "lag", "memory", "factor", "level"),
    [
        ("nothing is wrong", 0.0, 0.2, 1.0, Level.NONE),
        ("a little late", 0.024, 0.84, 1.0, Level.NONE),
        ("late", LAG[1], 0.0, 1.0, Level.LEVELS),
        ("later", LAG[2], 0.0, 0.75, Level.COMPRESSION),
        ("much later", LAG[3], 0.0, 0.5, Level.EXTRAS),
        ("too late", LAG[4], 0.0, LEAST, Level.QUEUES),
        ("memory is scarce", 0.0, MEMORY[3], 0.5, Level.EXTRAS),
        ("memory is out", 0.0, MEMORY[4], LEAST, Level.QUEUES),
        ("far beyond", 60.0, 2.0, LEAST, Level.QUEUES),
        ("the worse of both", LAG[3], MEMORY[1], 0.5, Level.EXTRAS),
    ],
)
def test_levels(rule, lag, memory, factor, level):
    pressure = Pressure()
    pressure.feel(lag)
    pressure.hold(memory)
    assert pressure.factor == pytest.approx(factor)
    assert pressure.level is level


@pytest.mark.parametrize(
    ("rule", "lags", "expected"),
    [
        ("better, but not well", [0.1, 0.07], Level.COMPRESSION),
        ("let go by one", [0.1, 0.06], Level.LEVELS),
        ("let go at once", [0.1, 0.0], Level.NONE),
        ("still eased", [0.025, 0.013], Level.LEVELS),
        ("and free", [0.025, 0.012], Level.NONE),
        ("worse again", [0.025, 0.0, 0.2], Level.COMPRESSION),
        ("from the top", [1.0, 0.03], Level.LEVELS),
    ],
)
def test_levels_do_not_flutter(rule, lags, expected):
    pressure = Pressure()
    for lag in lags:
        pressure.feel(lag)
    assert pressure.level is expected


def test_memory_holds_on_where_the_loop_is_well():
    pressure = Pressure()
    pressure.hold(0.99)
    pressure.feel(0.0)
    assert pressure.level is Level.QUEUES


def test_what_was_given_up_is_counted():
    pressure = Pressure()
    assert set(pressure.given_up.values()) == {0}
    pressure.gave_up(GivenUp.HEDGE)
    pressure.gave_up(GivenUp.HEDGE)
    assert pressure.given_up == {**dict.fromkeys(GivenUp, 0), GivenUp.HEDGE: 2}


def test_a_limit_is_lowered_and_never_nothing():
    pressure = Pressure()
    assert pressure.of(100) == 100
    pressure.feel(10.0)
    assert (pressure.of(100), pressure.of(1)) == (25, 1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 2)), max_size=50))
def test_it_stays_within_its_bounds(looks):
    pressure = Pressure()
    for lag, memory in looks:
        pressure.feel(lag)
        pressure.hold(memory)
        assert LEAST <= pressure.factor <= 1.0
        assert pressure.level in Level
    pressure.feel(0.0)
    pressure.hold(0.0)
    assert (pressure.level, pressure.factor) == (Level.NONE, 1.0)
