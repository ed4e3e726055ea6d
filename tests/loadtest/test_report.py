"""What a run showed."""

import json

import pytest

from sidecar.loadtest.open_loop import Plan, Watch
from sidecar.loadtest.report import document, kept_up, lines
from sidecar.loadtest.run import Outcome
from sidecar.loadtest.tally import Tally


def tally(name, *latencies, errors=()):
    found = Tally(name, asked=len(latencies) + len(errors), time=1.0)
    for latency in latencies:
        found.answer(200, latency)
    for kind in errors:
        found.failure(kind)
    return found


def outcome(*tallies, late=0.0001, cpu=0.1):
    watch = Watch(cpu=cpu, wall=1.0)
    watch.lateness.add(late)
    return Outcome(Plan(100.0), 10.0, tallies, watch)


BOTH = outcome(
    tally("direct", 0.001, 0.002),
    tally("through", 0.0015, 0.004, errors=["closed", "status 503", "closed"]),
)


def test_the_document():
    found = json.loads(json.dumps(document(BOTH)))
    direct, through = found["targets"]
    assert direct["latency_ms"]["max"] == 2.0
    assert through["errors"] == {"closed": 2, "status 503": 1}
    assert (through["asked"], through["good"], through["failed"]) == (5, 2, 3)
    assert found["added_ms"]["p99"] == 2.0
    assert found["generator"]["kept_up"] is True
    assert set(found) == {
        *("rate", "duration", "connections", "targets", "added_ms", "generator")
    }


def test_the_table():
    text = "\n".join(lines(BOTH))
    assert text.startswith("100 requests/s for 10s each, in turns, over 64 connections")
    assert "                   direct        through          added" in text
    assert "p99               2.00 ms        4.00 ms       +2.00 ms" in text
    assert "failed                  0              3" in text
    assert "through failed by closed: 2, status 503: 1" in text
    assert (
        "The generator was at most 0.10 ms late (p99), with 10% of a processor." in text
    )


def test_columns_stay_apart_whatever_stands_in_them():
    text = "\n".join(lines(outcome(tally("direct", 600.0), tally("through", 0.001))))
    [row] = [line for line in text.splitlines() if line.startswith("p99 ")]
    assert row.split() == [
        *("p99", "600,000.00", "ms", "1.00", "ms", "-599,999.00", "ms")
    ]


def test_one_target_is_compared_with_nothing():
    found = outcome(tally("asked", 0.001))
    assert document(found)["added_ms"] is None
    assert "added" not in "\n".join(lines(found))


def test_nothing_was_measured():
    found = outcome(tally("asked", errors=["connect"]))
    assert document(found)["targets"][0]["latency_ms"]["p50"] is None
    assert "p50                     -" in "\n".join(lines(found))


@pytest.mark.parametrize(
    ("rule", "options", "expected"),
    [
        ("in time", {}, True),
        ("late", {"late": 0.01}, False),
        ("busy", {"cpu": 0.95}, False),
    ],
)
def test_the_generator_says_when_it_could_not(rule, options, expected):
    found = outcome(tally("asked", 0.001), **options)
    assert kept_up(found) is expected
    assert ("could not keep up" in "\n".join(lines(found))) is not expected
