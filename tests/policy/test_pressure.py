"""What is given up, when, and when it comes back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.pressure import LAG, LEAST, MEMORY, Level, Pressure


@pytest.mark.parametrize(
    ("rule", "lag", "memory", "factor", "level"),
    [
        ("nothing is wrong", 0.0, 0.2, 1.0, Level.NONE),
        ("not yet", LAG[0], MEMORY[0], 1.0, Level.NONE),
        ("the loop is late", LAG[1], 0.0, LEAST, Level.QUEUES),
        ("memory is scarce", 0.0, MEMORY[1], LEAST, Level.QUEUES),
        ("far beyond", 60.0, 2.0, LEAST, Level.QUEUES),
        ("half-way", 0.0, sum(MEMORY) / 2 + 1e-9, 0.625, Level.STORING),
        ("a third", LAG[0] + (LAG[1] - LAG[0]) * 0.3, 0.0, 0.775, Level.COMPRESSION),
    ],
)
def test_look(rule, lag, memory, factor, level):
    pressure = Pressure()
    pressure.look(lag, memory)
    assert pressure.factor == pytest.approx(factor)
    assert pressure.level is level


def test_trouble_is_believed_at_once_and_forgotten_slowly():
    pressure = Pressure()
    pressure.look(10.0, 0.0)
    levels = []
    for _ in range(6):
        pressure.look(0.0, 0.0)
        levels.append(pressure.level)
    assert levels == sorted(levels, reverse=True)
    assert levels[0] > Level.NONE
    assert (levels[-1], pressure.factor) == (Level.NONE, 1.0)


def test_a_limit_is_lowered_and_never_nothing():
    pressure = Pressure()
    assert pressure.of(100) == 100
    pressure.look(10.0, 0.0)
    assert (pressure.of(100), pressure.of(1)) == (25, 1)


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 2)), max_size=50))
def test_it_stays_within_its_bounds(looks):
    pressure = Pressure()
    for lag, memory in looks:
        pressure.look(lag, memory)
        assert LEAST <= pressure.factor <= 1.0
        assert pressure.level in Level
