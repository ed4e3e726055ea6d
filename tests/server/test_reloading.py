"""Two phases over all workers: all of them, or none."""

import pickle
from typing import Any, cast

import pytest

from sidecar.config.load import load
from sidecar.server.messages import Commit, Committed, Discard, Prepare, Prepared
from sidecar.server.reloading import PATIENCE, Reloading
from sidecar.server.reloads import Result
from sidecar.units import Instant
from tests.server.crew import Crew

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"
NOW = Instant(100.0)


class Desk:
    """A reloading of two workers, and what its end was said to be."""

    def __init__(self, tmp_path, workers=2):
        self.file = tmp_path / "sidecar.yaml"
        self.write("")
        self.crew = Crew(workers)
        self.ended = []
        self.reads = 0
        self.reloading = Reloading(
            load(self.file, environ={}),
            self.read,
            cast("Any", self.crew),
            self.ended.append,
        )

    def read(self):
        self.reads += 1
        return load(self.file, environ={})

    def write(self, text):
        self.file.write_text(BASE + text)

    def begin(self, text, asker=None):
        self.write(text)
        self.reloading.want(asker)
        self.reloading.step(NOW)

    def prepared(self, index, attempt, fault=""):
        self.say(self.crew.everyone[index], Prepared(attempt, fault))

    def committed(self, index, attempt):
        self.say(self.crew.everyone[index], Committed(attempt))

    def both(self, first):
        """Both workers prepare and commit what they were asked as `first`."""
        for say in (self.prepared, self.committed):
            say(0, first)
            say(1, first + 1)

    def say(self, child, said):
        self.reloading.told(child, said)
        self.reloading.step(NOW)

    def sent(self):
        return {
            name: [(type(one), one.attempt) for one in sent]
            for name, sent in self.crew.take().items()
            if name != "desk.0"
        }

    @property
    def results(self):
        return [one.outcome.result for one in self.ended]

    @property
    def fields(self):
        return self.reloading.loaded.config.limits.fields


@pytest.fixture
def desk(tmp_path):
    return Desk(tmp_path)


def test_all_prepare_before_one_commits(desk):
    desk.begin("limits: {fields: 7}\n", asker=5)
    sent = desk.crew.take()["1.1"]
    assert isinstance(sent[0], Prepare)
    assert pickle.loads(sent[0].loaded).config.limits.fields == 7  # noqa: S301 - ours
    desk.prepared(0, 1)
    assert desk.sent() == {"1.1": [], "2.2": []}
    assert (desk.fields, desk.ended) == (100, [])
    desk.prepared(1, 2)
    assert desk.sent() == {"1.1": [(Commit, 1)], "2.2": [(Commit, 2)]}
    assert (desk.fields, desk.reloading.generation) == (7, 2)
    assert [one.generation for one in desk.crew.serving] == [2, 2]


def test_it_is_over_when_all_did(desk):
    desk.begin("limits: {fields: 7}\n", asker=5)
    desk.prepared(0, 1)
    desk.prepared(1, 2)
    desk.committed(0, 1)
    assert desk.ended == []
    desk.committed(1, 2)
    assert desk.results == [Result.SUCCESS]
    assert desk.ended[0].numbers == (5,)
    assert desk.ended[0].loaded is desk.reloading.loaded


def test_one_that_cannot_leaves_all_as_they_were(desk):
    desk.begin("limits: {fields: 7}\n")
    desk.sent()
    desk.prepared(0, 1)
    desk.prepared(1, 2, "no certificate")
    assert desk.sent() == {"1.1": [(Discard, 1)], "2.2": [(Discard, 2)]}
    assert (desk.fields, desk.reloading.generation) == (100, 1)
    assert desk.results == [Result.FAILED]
    assert desk.ended[0].outcome.why == "no certificate"


def test_a_late_answer_belongs_to_its_own_attempt(desk):
    desk.begin("limits: {fields: 7}\n")
    desk.prepared(1, 2, "no certificate")
    desk.begin("limits: {fields: 8}\n")
    desk.prepared(0, 1)
    desk.prepared(1, 4)
    assert desk.fields == 100
    desk.prepared(0, 3)
    assert desk.fields == 8


def test_mistakes_reach_no_worker(desk):
    desk.begin("limits: {fields: many}\n", asker=1)
    assert desk.sent() == {"1.1": [], "2.2": []}
    assert desk.results == [Result.INVALID]
    assert desk.ended[0].outcome.mistakes
    assert desk.fields == 100


def test_one_at_a_time_however_many_ask(desk):
    desk.begin("limits: {fields: 7}\n", asker=0)
    for number in range(1, 100):
        desk.reloading.want(number)
        desk.reloading.step(NOW)
    assert desk.reads == 1
    desk.both(1)
    desk.reloading.step(NOW)
    assert desk.reads == 2
    desk.both(3)
    desk.reloading.step(NOW)
    assert desk.reads == 2
    assert [len(one.numbers) for one in desk.ended] == [1, 99]


@pytest.mark.parametrize("phase", ["preparing", "committing"])
def test_one_that_ended_is_not_waited_for(desk, phase):
    desk.begin("limits: {fields: 7}\n")
    desk.prepared(0, 1)
    if phase == "committing":
        desk.prepared(1, 2)
    gone = desk.crew.everyone.pop(1)
    desk.reloading.gone(gone)
    desk.reloading.step(NOW)
    assert desk.fields == 7
    desk.committed(0, 1)
    assert desk.results == [Result.SUCCESS]


def test_one_that_does_not_answer_ends_it(desk):
    desk.begin("limits: {fields: 7}\n")
    desk.reloading.step(Instant(NOW + PATIENCE - 1))
    assert desk.ended == []
    desk.reloading.step(Instant(NOW + PATIENCE))
    assert desk.results == [Result.FAILED]


def test_what_was_committed_stays_so(desk):
    desk.begin("limits: {fields: 7}\n")
    desk.prepared(0, 1)
    desk.prepared(1, 2)
    desk.reloading.step(Instant(NOW + PATIENCE))
    assert desk.results == [Result.SUCCESS]


def test_one_that_became_ready_meanwhile_catches_up(desk):
    desk.begin("limits: {fields: 7}\n")
    late = desk.crew.child(2, ready=True)
    desk.crew.everyone.append(late)
    desk.reloading.ready(late)
    desk.prepared(0, 1)
    desk.sent()
    desk.prepared(1, 2)
    assert desk.sent()["3.3"] == [(Prepare, 3)]
    desk.say(late, Prepared(3, ""))
    assert desk.sent()["3.3"] == [(Commit, 3)]
    assert late.generation == 2


def test_one_that_cannot_catch_up_begins_anew(desk):
    desk.begin("limits: {fields: 7}\n")
    desk.both(1)
    late = desk.crew.child(2, ready=True)
    desk.crew.everyone.append(late)
    desk.reloading.ready(late)
    desk.say(late, Prepared(3, "no certificate"))
    assert desk.crew.killed == ["3.3"]


def test_where_nobody_serves_the_next_will(tmp_path):
    desk = Desk(tmp_path, workers=0)
    desk.begin("limits: {fields: 7}\n")
    assert desk.fields == 7
    assert desk.results == [Result.SUCCESS]
