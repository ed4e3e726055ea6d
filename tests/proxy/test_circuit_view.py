"""What is shown of breakers."""

from typing import Any

import pytest

from sidecar.policy.breaker import Breaker, Settings
from sidecar.policy.circuit import Outcome, State
from sidecar.proxy.circuit_view import together, view
from sidecar.units import Instant

CLOSED, HALF, OPEN = State.CLOSED, State.HALF_OPEN, State.OPEN


def breaker(*moves):
    made = Breaker(Settings(min_requests=2, open_for=10.0), chance=lambda: 0.0)
    for now, outcome in moves:
        permit = made.permit(Instant(now))
        if outcome is not None:
            made.record(permit, outcome, 0.1, Instant(now))
    return made


FAIL = Outcome.FAILURE


def test_one():
    closed = view("app", breaker((0, FAIL)), Instant(1))
    assert (closed.state, closed.requests, closed.failed, closed.left) == (
        CLOSED,
        1,
        1,
        None,
    )
    opened = view("app", breaker((0, FAIL), (0, FAIL)), Instant(4))
    assert (opened.state, opened.left, opened.reason) == (OPEN, 6.0, "failure_rate")
    probing = view("app", breaker((0, FAIL), (0, FAIL), (10, None)), Instant(11))
    assert (probing.state, probing.probing) == (HALF, 1)


def test_one_that_is_held():
    held = breaker()
    held.force(OPEN, Instant(0))
    shown = view("app", held, Instant(1))
    assert (shown.state, shown.held, shown.left) == (OPEN, True, None)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ([CLOSED, CLOSED], CLOSED),
        ([CLOSED, OPEN], OPEN),
        ([OPEN, CLOSED], OPEN),
        ([OPEN, HALF, OPEN], HALF),
        ([HALF, OPEN], HALF),
    ],
)
def test_several_workers(states, expected):
    stories: dict[State, list[Any]] = {
        CLOSED: [(0, FAIL)],
        OPEN: [(0, FAIL)] * 2,
        HALF: [(0, FAIL), (0, FAIL), (10, None)],
    }
    views = [view("app", breaker(*(stories[state])), Instant(10)) for state in states]
    (one,) = together(views)
    assert one.state is expected
    assert one.failed == sum(each.failed for each in views)
    assert one.probing == sum(each.probing for each in views)


def test_each_name_is_one():
    views = [view(name, breaker(), Instant(0)) for name in ("a", "b", "a")]
    assert [one.name for one in together(views)] == ["a", "b"]
