"""pybreaker's states, in our words."""

import pytest

from sidecar.policy.circuit import Change, Circuit, Reason, State, unwatched
from sidecar.units import Instant


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
    circuit = Circuit(told.append)
    for move in moves:
        getattr(circuit, move)()
    assert told == states


def test_nobody_has_to_listen():
    unwatched(Change(Instant(0), State.OPEN, Reason.MANUAL))
