"""pybreaker's states, in our words."""

import pytest

from sidecar.policy.circuit import State
from sidecar.policy.machine import Machine


@pytest.mark.parametrize(
    ("moves", "states"),
    [
        (["open"], [State.OPEN]),
        (["open", "half_open"], [State.OPEN, State.HALF_OPEN]),
        (["open", "half_open", "close"], list(reversed(State))),
        (["close", "close"], [State.CLOSED, State.CLOSED]),
    ],
)
def test_who_listens_is_told(moves, states):
    told = []
    machine = Machine(told.append)
    for move in moves:
        getattr(machine, move)()
    assert told == states
