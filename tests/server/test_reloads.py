"""What a reload is and how it ends, as plain values."""

from collections import Counter

import pytest

from sidecar.config.fixed import with_fixed
from sidecar.config.load import load
from sidecar.config.mistakes import ConfigError
from sidecar.server.reloads import Outcome, Proposal, Reloads, Result, proposal
from sidecar.units import Timestamp
from tests.config.mutations import mutated
from tests.harness.sidecar import ROOT

BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"


@pytest.fixture
def read(tmp_path):
    """A file, and how it is read anew."""
    file = tmp_path / "sidecar.yaml"

    def read(text=None):
        if text is not None:
            file.write_text(BASE + text)
        return load(file, environ={})

    return read


def test_a_file_without_mistakes_is_proposed(read):
    running = read("")
    read("limits: {fields: 7}\nworkers: 2\n")
    found = proposal(read, running, 3)
    assert isinstance(found, Proposal)
    assert found.generation == 4
    assert found.loaded.config.limits.fields == 7
    assert found.success == Outcome(Result.SUCCESS, 4, needs_restart=("workers",))
    assert found.failure("why") == Outcome(Result.FAILED, 3, why="why")


def test_one_with_mistakes_is_not_and_all_are_named(read):
    running = read("")
    with pytest.raises(ConfigError):
        read("limits: {fields: many}\nworkres: 2\n")
    found = proposal(read, running, 3)
    assert isinstance(found, Outcome)
    assert (found.result, found.generation) == (Result.INVALID, 3)
    assert [(one.line, one.column) for one in found.mistakes] == [(2, 18), (3, 1)]


@pytest.mark.parametrize("text", ["", "\n", "# routes: []\n"])
def test_one_that_was_emptied_is_not_taken_for_the_defaults(read, tmp_path, text):
    running = read("")
    (tmp_path / "sidecar.yaml").write_text(text)
    found = proposal(read, running, 3)
    assert isinstance(found, Outcome)
    assert (found.result, found.generation) == (Result.INVALID, 3)
    assert [one.message for one in found.mistakes] == [
        "the file is empty, and was not before"
    ]


def test_one_that_was_empty_before_may_stay_so(read, tmp_path):
    (tmp_path / "sidecar.yaml").write_text("# nothing yet\n")
    found = proposal(read, read(), 3)
    assert isinstance(found, Proposal)


def test_they_are_counted():
    reloads = Reloads(Timestamp(1.0))
    assert reloads.successful
    reloads = reloads.then(Outcome(Result.SUCCESS, 2), Timestamp(5.0), 0.1)
    reloads = reloads.then(Outcome(Result.INVALID, 2), Timestamp(7.0), 0.2)
    assert (reloads.generation, reloads.at, reloads.took) == (2, 5.0, 0.2)
    assert not reloads.successful
    assert reloads.counts == {"success": 1, "invalid": 1, "failed": 0}
    assert reloads.then(Outcome(Result.SUCCESS, 3), Timestamp(9.0), 0.1).successful


@pytest.mark.parametrize("seed", range(5))
def test_no_file_is_ever_taken_in_part(seed, tmp_path):
    """Ten thousand mutations: each is taken as a whole, or refused with reasons."""
    original = (ROOT / "config" / "sidecar.yaml").read_bytes()
    file = tmp_path / "sidecar.yaml"
    file.write_bytes(original)
    running = load(file, environ={})
    before = running.config.model_copy(deep=True)
    ended = Counter()
    for content in mutated(seed, original, 2000):
        file.write_bytes(content)
        found = proposal(lambda: load(file, environ={}), running, 1)
        ended[type(found)] += 1
        if isinstance(found, Outcome):
            assert found.result is Result.INVALID
            assert found.mistakes
            assert all(one.message and one.file for one in found.mistakes)
        else:
            assert with_fixed(found.loaded, running) == (found.loaded, ())
    assert running.config == before
    assert min(ended[Outcome], ended[Proposal]) > 400
