"""What all workers were asked."""

import asyncio

from sidecar.server.questions import Question


async def test_the_last_answer_ends_it():
    question = Question(["1.1", "2.2"])
    waiting = asyncio.ensure_future(question.wait(30.0))
    question.answered("1.1", "a")
    await asyncio.sleep(0)
    assert not waiting.done()
    question.answered("2.2", "b")
    assert await waiting == {"1.1": "a", "2.2": "b"}


async def test_who_is_gone_is_not_waited_for():
    question = Question(["1.1", "2.2"])
    question.answered("1.1", "a")
    question.gone("2.2")
    assert await question.wait(30.0) == {"1.1": "a"}


async def test_who_is_silent_is_not_waited_for_long():
    question = Question(["1.1", "2.2"])
    question.answered("2.2", "b")
    assert await question.wait(0.01) == {"2.2": "b"}


async def test_nobody_is_asked():
    assert await Question([]).wait(30.0) == {}
