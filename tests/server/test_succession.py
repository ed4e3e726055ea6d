"""Who may leave for want of memory."""

from typing import Any, cast

import pytest

from sidecar.config.schema_process import Memory
from sidecar.server.messages import Leave
from sidecar.server.succession import PAUSE, Succession
from sidecar.units import Instant
from tests.server.crew import Crew

NOW = Instant(100.0)
LATER = Instant(NOW + PAUSE)


def succession(crew, section=None):
    return Succession(cast("Any", crew), section or Memory())


def test_one_at_a_time_and_not_one_after_the_other():
    crew = Crew(3)
    first, second, *_ = crew.everyone
    found = succession(crew)
    found.wanted(first, NOW)
    assert first.relieved
    assert crew.take()["1.1"] == [Leave(grace=False)]
    found.wanted(first, LATER)
    found.wanted(second, LATER)
    assert not any(crew.take().values())
    crew.everyone[0] = crew.child(0, ready=True)
    soon = Instant(LATER - 0.1)
    found.wanted(second, soon)
    assert not any(crew.take().values())
    found.wanted(second, LATER)
    assert crew.take()["2.2"] == [Leave(grace=False)]


@pytest.mark.parametrize(
    ("rule", "crew", "section"),
    [
        ("nobody else serves", Crew(1), Memory()),
        ("it is not wanted", Crew(2), Memory(recycle=False)),
    ],
)
def test_who_cannot_be_spared(rule, crew, section):
    succession(crew, section).wanted(crew.everyone[0], NOW)
    assert not any(crew.take().values()), rule


def test_without_the_section_nobody_leaves():
    crew = Crew(2)
    Succession(cast("Any", crew), None).wanted(crew.everyone[0], NOW)
    assert not any(crew.take().values())


def test_others_must_be_ready():
    crew = Crew(2)
    crew.everyone[1].ready = False
    succession(crew).wanted(crew.everyone[0], NOW)
    assert not any(crew.take().values())
