"""Two targets in turns, and the line that says how it goes."""

import io

import pytest

from sidecar.loadtest import run as running
from sidecar.loadtest.open_loop import Plan
from sidecar.loadtest.run import Line, run
from sidecar.loadtest.tally import Tally
from sidecar.loadtest.target import Question, target
from tests.loadtest.service import serving


def test_both_are_asked_alike():
    with serving() as one, serving() as other:
        targets = [
            target(name, service.url, Question())
            for name, service in (("direct", one), ("through", other))
        ]
        outcome = run(targets, Plan(50.0, 2), 1.0)
    assert [(tally.name, tally.good) for tally in outcome.tallies] == [
        ("direct", 50),
        ("through", 50),
    ]
    # ... and asked before it counts, on other connections.
    assert [len(service.asked) for service in (one, other)] == [60, 60]
    assert outcome.watch.lateness.count == 100


@pytest.mark.parametrize(
    ("longest", "duration", "expected"),
    [(1.0, 3.0, [1.0] * 3), (1.0, 2.5, [2.5 / 3] * 3), (10.0, 10.0, [10.0])],
)
def test_turns(longest, duration, expected):
    assert running._turns(longest, duration) == pytest.approx(expected)


def test_the_line_is_one_line():
    out = io.StringIO()
    line = Line(out, 20.0)
    tally = Tally("direct", good=7)
    line.show(tally)
    assert out.getvalue() == ""
    line._last -= 1.0
    line.show(tally)
    line.clear()
    assert "of 20 s, direct: 7 good, 0 failed" in out.getvalue()
    assert "\n" not in out.getvalue()
