"""How many workers, and the line that says why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.workers import MOST, Machine, workers

MIB = 1 << 20


@pytest.mark.parametrize(
    ("rule", "machine", "expected"),
    [
        ("a processor each", Machine(4), 4),
        ("never none", Machine(0), 1),
        ("at most so many", Machine(64), MOST),
        ("half a processor is one", Machine(8, quota=0.5), 1),
        ("rounded up", Machine(8, quota=1.5), 2),
        ("exactly two", Machine(8, quota=2.0), 2),
        ("the limit may exceed what we may run on", Machine(2, quota=16.0), 2),
        ("a limit above the most", Machine(64, quota=32.0), MOST),
        ("room for three", Machine(8, memory=200 * MIB), 3),
        ("room for none", Machine(8, memory=32 * MIB), 1),
        ("a guest takes two", Machine(8, guest=True), 2),
        ("a guest on one processor", Machine(1, guest=True), 1),
        ("a guest with a limit takes it", Machine(8, quota=4.0, guest=True), 4),
    ],
)
def test_count(rule, machine, expected):
    assert workers(machine).count == expected


@pytest.mark.parametrize(
    ("machine", "reason"),
    [
        (
            Machine(8, quota=0.5, memory=256 * MIB),
            "workers=1 (CPU limit 0.5, affinity 8, memory 256 MiB)",
        ),
        (Machine(4), "workers=4 (affinity 4, no CPU limit)"),
        (
            Machine(4, guest=True),
            "workers=2 (affinity 4, no CPU limit next to the application)",
        ),
    ],
)
def test_reason(machine, reason):
    assert workers(machine).reason == reason


@given(
    st.integers(0, 1000),
    st.none() | st.floats(0.001, 1000),
    st.none() | st.integers(0, 1 << 50),
    st.booleans(),
)
def test_always_some_and_never_too_many(affinity, quota, memory, guest):
    crew = workers(Machine(affinity, quota, memory, guest))
    assert 1 <= crew.count <= MOST
    assert str(crew.count) in crew.reason
