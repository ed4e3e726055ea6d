"""A worker that is told what to do."""

import asyncio
import pickle
from typing import Any, cast

import pytest

from sidecar.config.load import load
from sidecar.policy.readiness import UpstreamState
from sidecar.server.messages import (
    Answer,
    Ask,
    Commit,
    Committed,
    Discard,
    Draining,
    Hurry,
    Leave,
    Prepare,
    Prepared,
    Standing,
)
from sidecar.server.offspring import Offspring
from sidecar.server.setup import CannotServe
from sidecar.telemetry.snapshot import decode
from tests.server.crew import Diary
from tests.server.wire import until


class Worker:
    """`server.worker.Worker` with a diary; cannot prepare what is in `faults`."""

    def __init__(self):
        self.diary = []
        self.faults = []
        self.upstream = UpstreamState("app", contacted=False, healthy=True)
        self.drain = self

    def begin(self):
        self.diary.append("begin")

    def hurry(self):
        self.diary.append("hurry")

    def standing(self):
        return (self.upstream,)

    async def prepare(self, loaded):
        if self.faults:
            raise self.faults.pop()
        return loaded

    def commit(self, setup):
        self.diary.append(("commit", setup))

    def discard(self, setup):
        self.diary.append(("discard", setup))

    def report(self, error):
        self.diary.append(error)

    def slowest(self):
        return ["slow"]

    def readings(self):
        return (lambda: [("sidecar_connections_total", (), 3)],)


@pytest.fixture
def worker():
    return Worker()


@pytest.fixture
async def offspring(worker):
    found = Offspring()
    found.begin(cast("Any", worker), cast("Any", Diary()))
    return found


@pytest.fixture
def loaded(tmp_path):
    file = tmp_path / "sidecar.yaml"
    file.write_text("upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n")
    return load(file, environ={})


async def said(offspring):
    await until(lambda: bool(offspring._link.sent))
    return offspring._link.take()


async def prepare(offspring, attempt, loaded):
    offspring.told(Prepare(attempt, pickle.dumps(loaded)))
    return await said(offspring)


async def test_a_reload(offspring, worker, loaded):
    assert await prepare(offspring, 1, loaded) == [Prepared(1, "")]
    assert worker.diary == []
    offspring.told(Commit(1))
    ((what, setup),) = worker.diary
    assert (what, setup.config) == ("commit", loaded.config)
    assert await said(offspring) == [Committed(1)]


async def test_a_reload_that_is_given_up(offspring, worker, loaded):
    await prepare(offspring, 1, loaded)
    offspring.told(Discard(1))
    offspring.told(Discard(1))
    assert [what for what, _ in worker.diary] == ["discard"]


async def test_one_that_was_given_up_before_it_was_prepared(offspring, worker, loaded):
    await prepare(offspring, 1, loaded)
    await prepare(offspring, 2, loaded)
    assert [what for what, _ in worker.diary] == ["discard"]
    assert list(offspring._setups) == [2]


async def test_what_cannot_be_used(offspring, worker, loaded):
    worker.faults = [CannotServe("no such certificate")]
    assert await prepare(offspring, 1, loaded) == [Prepared(1, "no such certificate")]
    assert worker.diary == []


async def test_a_defect_is_told_of_too(offspring, worker, loaded):
    worker.faults = [KeyError("a defect")]
    assert await prepare(offspring, 1, loaded) == [Prepared(1, "KeyError in a worker")]
    assert isinstance(worker.diary[0], KeyError)


async def test_questions(offspring):
    offspring.told(Ask(1, "slow"))
    assert await said(offspring) == [Answer(1, ["slow"])]
    offspring.told(Ask(2, "numbers"))
    (answer,) = await said(offspring)
    assert decode(answer.content[0]) == [("sidecar_connections_total", (), 3)]


async def test_a_question_that_nobody_knows_is_a_defect(offspring, worker):
    offspring.told(Ask(1, "weather"))
    await until(lambda: bool(worker.diary))
    assert isinstance(worker.diary[0], KeyError)


async def test_what_changed_is_told_once(offspring, worker):
    offspring.look()
    offspring.look()
    assert offspring._link.take() == [Standing(worker.standing())]
    worker.upstream = UpstreamState("app", contacted=True, healthy=True)
    offspring.look()
    assert offspring._link.take() == [Standing(worker.standing())]


async def test_how_it_ends(offspring, worker):
    offspring.told(Draining())
    offspring.told(Leave(grace=True))
    offspring.told(Leave(grace=False))
    offspring.told(Hurry())
    assert worker.diary == ["begin", "hurry"]
    assert (await asyncio.wait_for(offspring.leave, 30)).grace


async def test_it_does_not_outlive_its_parent(offspring):
    offspring.orphaned()
    offspring.orphaned()
    assert not (await asyncio.wait_for(offspring.leave, 30)).grace
