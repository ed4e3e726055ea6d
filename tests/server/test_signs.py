"""What is told of breakers, and how often."""

import json

import pytest

from sidecar.policy.circuit import Change, Reason, State
from sidecar.server.signs import Signs
from sidecar.telemetry.log import Log
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.pacing import Pace
from sidecar.units import Instant

OPENED = Change(Instant(1), State.OPEN, Reason.FAILURE_RATE, 20, 12, 3, 27.5)
COOLED = Change(Instant(2), State.HALF_OPEN, Reason.COOLED)
CLOSED = Change(Instant(3), State.CLOSED, Reason.RECOVERED)
SHARED = Change(Instant(3), State.OPEN, Reason.SHARED)


class Scene:
    def __init__(self):
        self.lines = []
        self.now = 0.0
        self.signs = Signs(Metrics(), Log(self), pace=Pace(clock=lambda: self.now))

    def write(self, line):
        self.lines.append(json.loads(line))


def test_a_line_says_what_was_found():
    scene = Scene()
    scene.signs.changed("app", OPENED)
    (line,) = scene.lines
    assert (line["level"], line["event"]) == ("warning", "circuit open")
    assert (line["breaker"], line["reason"]) == ("app", "failure_rate")
    assert (line["requests"], line["failed"], line["slow"]) == (20, 12, 3)
    assert line["open_for"] == 27.5


@pytest.mark.parametrize(
    ("rule", "changes", "events"),
    [
        ("each state", [OPENED, COOLED, CLOSED], ["open", "half_open", "closed"]),
        ("one a second", [OPENED] * 9, ["open"]),
        ("who follows says nothing", [SHARED, CLOSED], ["closed"]),
    ],
)
def test_lines(rule, changes, events):
    scene = Scene()
    for change in changes:
        scene.signs.changed("app", change)
    assert [line["event"] for line in scene.lines] == [f"circuit {e}" for e in events]
    counted = scene.signs.metrics.breakers["app"].transitions
    assert sum(counted.values()) == len(changes)


def test_what_was_left_out_is_counted():
    scene = Scene()
    for _ in range(5):
        scene.signs.changed("app", OPENED)
    scene.now = 2.0
    scene.signs.changed("app", OPENED)
    assert [line["suppressed"] for line in scene.lines] == [0, 4]


def test_breakers_are_shown_as_they_are_and_those_that_are_gone_as_closed():
    signs = Scene().signs
    signs.show({"app": State.HALF_OPEN, "gone": State.OPEN})
    signs.show({"app": State.OPEN, "new": State.CLOSED})
    seen = {name: one.state for name, one in signs.metrics.breakers.items()}
    assert seen == {"app": 2, "gone": 0, "new": 0}
