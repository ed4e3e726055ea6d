"""What is written down of a breaker is read by others, and by nobody else's hand."""

import pytest

from sidecar.policy.circuit import Reason, State
from sidecar.proxy.circuit_record import Record
from sidecar.units import Instant

CLOSED, HALF, OPEN = State.CLOSED, State.HALF_OPEN, State.OPEN
OTHER, MINE = b"12345678", b"87654321"


@pytest.mark.parametrize("data", [None, b"", b"x" * 22, b"\xff" * 22, b"\x00" * 21])
def test_what_is_not_ours_is_nothing(data):
    assert Record.read(data) is None


@pytest.mark.parametrize("forced", [None, *State])
def test_a_record_survives_its_way(forced):
    record = Record(OPEN, forced, Instant(1.5), 3, b"12345678")
    assert Record.read(record.packed()) == record


@pytest.mark.parametrize(
    ("rule", "state", "owner", "forbidden"),
    [
        ("another has the lease", HALF, OTHER, True),
        ("it is our own", HALF, MINE, False),
        ("it is open for a while yet", OPEN, OTHER, True),
        ("there is nothing to probe", CLOSED, OTHER, True),
    ],
)
def test_who_may_not_probe(rule, state, owner, forbidden):
    record = Record(state, None, Instant(2.0), 0, owner)
    assert record.forbids(MINE, Instant(1.0)) is forbidden
    assert record.forbids(MINE, Instant(2.0)) is (state is CLOSED)


def test_what_is_held_is_not_probed_however_long_ago_that_was():
    held = Record(OPEN, OPEN, Instant(2.0), 0, OTHER)
    assert held.forbids(MINE, Instant(9.0))


@pytest.mark.parametrize(
    ("rule", "forced", "owner", "reason", "holds"),
    [
        ("what is done by hand holds", OPEN, OTHER, Reason.FAILURE_RATE, True),
        ("until another hand", OPEN, OTHER, Reason.MANUAL, False),
        ("or who did it knows better", OPEN, MINE, Reason.COOLED, False),
        ("who lost its lease has no say", None, OTHER, Reason.RELAPSED, True),
        ("but that it is well", None, OTHER, Reason.RECOVERED, False),
        ("whoever finds that it fails has", None, OTHER, Reason.SLOW_RATE, False),
    ],
)
def test_what_holds(rule, forced, owner, reason, holds):
    record = Record(OPEN, forced, Instant(2.0), 0, owner)
    assert record.outweighs(MINE, reason) is holds
