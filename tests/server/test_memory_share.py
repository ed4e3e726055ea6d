"""A share of the limit."""

import json

import pytest

from sidecar.config.schema_process import Memory
from sidecar.server.memory_share import OTHERS, memory_share
from sidecar.telemetry.log import Log
from sidecar.telemetry.process import own

NO_LIMIT = Memory()


class Lines:
    def __init__(self):
        self.said = []

    def write(self, line):
        self.said.append(json.loads(line))


@pytest.fixture
def lines():
    return Lines()


@pytest.fixture
def log(lines):
    return Log(lines)


@pytest.mark.parametrize(
    ("rule", "section", "group"),
    [
        ("nobody says a limit", NO_LIMIT, None),
        ("it is off", None, 1 << 40),
    ],
)
def test_without_a_limit_nothing_is_scarce(log, rule, section, group):
    assert memory_share(section, group, 1, log)() == 0, rule


@pytest.mark.parametrize(
    ("rule", "limit", "group", "workers", "expected"),
    [
        ("of the group", None, 4, 1, 0.25),
        ("the file's word counts", 4, 2, 1, 0.25),
        ("the file speaks of each worker", 4, 2, 3, 0.25),
    ],
)
def test_a_share(log, rule, limit, group, workers, expected):
    """In multiples of what this process has."""
    mine = own()
    section = Memory(limit=None if limit is None else limit * mine)
    share = memory_share(section, group * mine, workers, log)()
    assert share == pytest.approx(expected, rel=0.5), rule


def test_each_of_several_has_its_part_of_what_parent_and_desk_leave(log):
    mine = own()
    share = memory_share(NO_LIMIT, OTHERS + 4 * mine, 2, log)()
    assert share == pytest.approx(0.5, rel=0.5)


@pytest.mark.parametrize(
    ("section", "group", "workers"),
    [(Memory(limit=1024), None, 1), (NO_LIMIT, 1024, 1), (NO_LIMIT, 1, 2)],
)
def test_a_limit_that_nobody_could_keep_is_said_and_left(
    log, lines, section, group, workers
):
    assert memory_share(section, group, workers, log)() == 0
    [said] = lines.said
    assert said["event"] == "memory limit too low"
    assert said["used"] > said["limit"]
