"""What is shown of breakers."""

from typing import Any

import pytest

from sidecar.policy.breaker import CHANGES, Breaker
from sidecar.policy.circuit import Outcome, State
from sidecar.policy.tripping import Settings
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


def test_what_became_of_it_the_latest_first():
    shown = view("app", breaker((0, FAIL), (1, FAIL), (12, None)), Instant(14))
    assert [(one.state, one.reason, one.ago) for one in shown.changes] == [
        (HALF, "cooled", 2.0),
        (OPEN, "failure_rate", 13.0),
    ]
    assert (shown.changes[1].requests, shown.changes[1].failed) == (2, 2)


def test_what_one_worker_found_is_shown_once():
    found, followed = breaker((0, FAIL), (0, FAIL)), breaker()
    followed.follow(OPEN, Instant(9), 0, Instant(1))
    views = [view("app", one, Instant(2)) for one in (followed, found)]
    (one,) = together(views)
    assert [change.reason for change in one.changes] == ["failure_rate"]


def test_changes_are_bounded():
    many = breaker()
    for n in range(99):
        many.force(OPEN, Instant(n))
    views = [view("app", many, Instant(99))] * 3
    assert len(views[0].changes) == len(together(views)[0].changes) == CHANGES


def test_each_name_is_one():
    views = [view(name, breaker(), Instant(0)) for name in ("a", "b", "a")]
    assert [one.name for one in together(views)] == ["a", "b"]
