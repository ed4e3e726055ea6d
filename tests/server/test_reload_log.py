"""What the log says of a reload."""

import json

import pytest

from sidecar.config.fields import MOST as MOST_CLIENTS
from sidecar.config.load import load
from sidecar.config.mistakes import Mistake
from sidecar.server.connections import shortfall
from sidecar.server.reload_log import MOST, tell
from sidecar.server.reloads import Outcome, Result
from sidecar.telemetry.log import Log
from tests.server.administered import BASE


class Lines:
    def __init__(self):
        self.lines = []

    def write(self, line):
        self.lines.append(json.loads(line))


def said(outcome, loaded=None):
    lines = Lines()
    tell(Log(lines), outcome, loaded, workers=2)
    return lines.lines


MISTAKE = Mistake("a.yaml", 3, 7, "limits.fields", "too many", "fewer")


@pytest.mark.parametrize(
    ("outcome", "events"),
    [
        (Outcome(Result.SUCCESS, 2), ["configuration reloaded"]),
        (
            Outcome(Result.SUCCESS, 2, needs_restart=("listen", "workers")),
            ["configuration reloaded", "needs a restart"],
        ),
        (Outcome(Result.FAILED, 1, why="no key"), ["configuration not reloaded"]),
        (
            Outcome(Result.INVALID, 1, mistakes=(MISTAKE, MISTAKE)),
            ["configuration not reloaded", "mistake", "mistake"],
        ),
    ],
)
def test_events(outcome, events):
    assert [line["event"] for line in said(outcome)] == events


def test_what_to_correct():
    line = said(Outcome(Result.INVALID, 1, mistakes=(MISTAKE,)))[1]
    assert (line["line"], line["column"], line["path"]) == (3, 7, "limits.fields")
    assert (line["message"], line["hint"]) == ("too many", "fewer")


def test_what_a_restart_is_needed_for():
    line = said(Outcome(Result.SUCCESS, 2, needs_restart=("listen", "workers")))[1]
    assert line["keys"] == "listen, workers"


def test_connections_that_there_are_no_descriptors_for(tmp_path):
    file = tmp_path / "sidecar.yaml"
    file.write_text(BASE + f"limits: {{connections: {MOST_CLIENTS}}}\n")
    loaded = load(file, environ={})
    fewer = shortfall(MOST_CLIENTS, 2)  # by what this machine grants
    lines = said(Outcome(Result.SUCCESS, 2), loaded)[1:]
    assert [line["why"] for line in lines] == ([fewer] if fewer else [])


def test_one_file_does_not_fill_the_log():
    assert len(said(Outcome(Result.INVALID, 1, mistakes=(MISTAKE,) * 500))) == MOST + 1
