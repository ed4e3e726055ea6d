"""What is told of a circuit."""

from sidecar.policy.circuit import Change, Reason, State, unwatched
from sidecar.units import Instant


def test_nobody_has_to_listen():
    unwatched(Change(Instant(0), State.OPEN, Reason.MANUAL))
