"""What passes between the desk and the workers."""

from typing import Any, cast

import pytest

from sidecar.policy.readiness import UpstreamState
from sidecar.server.messages import (
    Answer,
    Ask,
    AskAll,
    Members,
    News,
    Standing,
    Told,
)
from sidecar.server.switchboard import Switchboard
from tests.server.crew import Crew

MEMBERS = Members(2, {}, {})
STANDING = Standing((UpstreamState("app", contacted=True, healthy=True),))


@pytest.fixture
def crew():
    return Crew()


@pytest.fixture
def switchboard(crew):
    return Switchboard(cast("Any", crew), lambda: MEMBERS)


def test_a_question_and_its_answers(crew, switchboard):
    crew.everyone.append(crew.child(5))
    switchboard.told(crew.desk, AskAll(42, "slow", "about"))
    sent = crew.take()
    assert sent["1.1"] == sent["2.2"] == [Ask(0, "slow", "about")]
    assert sent["6.6"] == []
    switchboard.told(crew.everyone[1], Answer(0, "b"))
    switchboard.told(crew.everyone[0], Answer(0, "a"))
    assert crew.take()["desk.0"] == [Told(42, "2.2", "b"), Told(42, "1.1", "a")]


def test_an_answer_that_nobody_asked_for(crew, switchboard):
    switchboard.told(crew.everyone[0], Answer(99, "a"))
    assert crew.take()["desk.0"] == []


def test_what_is_asked_is_forgotten_in_the_end(crew):
    switchboard = Switchboard(cast("Any", crew), lambda: MEMBERS, most=3)
    for number in range(10):
        switchboard.told(crew.desk, AskAll(number, "slow"))
    switchboard.told(crew.everyone[0], Answer(0, "old"))
    switchboard.told(crew.everyone[0], Answer(9, "new"))
    assert crew.take()["desk.0"] == [Told(9, "1.1", "new")]


def test_news(crew, switchboard):
    switchboard.told(crew.everyone[0], STANDING)
    assert crew.take()["desk.0"] == [News(MEMBERS, {"1.1": STANDING})]


def test_without_a_desk(switchboard, crew):
    del crew.everyone[-1]
    switchboard.news()
    assert crew.take() == {"1.1": [], "2.2": []}
