import json

import pytest

from benchmarks.figures import Result, Series
from benchmarks.goals import GOALS, outcomes
from benchmarks.guarded import ALL, NOTHING
from benchmarks.report import Run, goals, markdown, number, write
from benchmarks.rows import KEYS, rows

NUMBERS = [
    ("hundreds are whole", 1234.5, "1,234"),
    ("tens have one digit", 12.34, "12.3"),
    ("less has two", 1.234, "1.23"),
    ("below zero, too", -0.123, "-0.12"),
]


@pytest.fixture
def run():
    main = Series("CPU µs per request")
    carried = Series("requests/s", more_is_better=True)
    for ours, theirs in ((30.0, 20.0), (64.0, 40.0), (34.0, 20.0)):
        main.add("sidecar (express)", ours)
        main.add("nginx", theirs)
        carried.add("sidecar (express)", 1e6 / ours)
        carried.add("nginx", 1e6 / theirs)
    result = Result("get-1k", "GET", main, "nginx", carried)
    result.failed["Envoy"] = "starting\nerror: a | b\nmore"
    return Run(
        "2026-01-31", False, {"memory": "1 GiB"}, {"nginx": "1.2"}, ["Caddy"], [result]
    )


@pytest.mark.parametrize(("rule", "given", "expected"), NUMBERS)
def test_number(rule, given, expected):
    assert number(given) == expected, rule


def test_the_page_names_all_that_was_and_was_not_measured(run):
    page = markdown(run)
    assert "Not installed, so not measured: Caddy." in page
    assert (
        "| sidecar (express) | **34.0** (30.8–58.0) | **1.60** (1.52–1.68) | 29,412 |"
        in page
    )
    assert "| nginx | **20.0** (20.0–36.0) | 1 | 50,000 |" in page
    assert "| Envoy | failed: error: a / b |  |  |" in page


def test_a_ratio_is_of_the_same_round(run):
    # The second round was slow for both; its ratio is like the others.
    [outcome] = outcomes(run.results)
    assert outcome.figure == pytest.approx(1.6)
    assert outcome.reached


def test_both_files_are_written(run, tmp_path):
    page = write(run, tmp_path / "results")
    assert page.read_text() == markdown(run)
    samples = json.loads(page.with_suffix(".json").read_text())["results"][0]["main"]
    assert samples["samples"]["nginx"] == [20.0, 40.0, 20.0]


def test_rows_have_the_names_that_can_be_chosen():
    found = rows(("sidecar (express)", "sidecar (aiohttp)", "nginx"))
    assert {row.key for row in found} == set(KEYS)


def test_goals_are_about_rows_that_exist():
    made = {*KEYS, "idle-memory", "idle-connections", "start"}
    assert all(
        goal.row in made or goal.row.startswith("added-latency-") for goal in GOALS
    )


def test_a_goal_that_could_not_be_measured_is_not_hidden():
    result = Result("routes", "Routes", Series("µs", samples={"10 routes": [1.0]}))
    [outcome] = outcomes([result])
    assert (outcome.contestant, outcome.figure, outcome.reached) == (
        "10,000 routes",
        None,
        False,
    )
    assert "| 10,000 routes | ≤ 1.1 × 10 routes | not measured | **missed** |" in goals(
        [outcome]
    )


def test_a_goal_of_a_difference():
    main = Series("CPU µs per request")
    for without, with_all in ((100.0, 104.0), (110.0, 116.0), (90.0, 95.0)):
        main.add(NOTHING, without)
        main.add(ALL, with_all)
    (one,) = outcomes([Result("guards", "Guards", main, NOTHING)])
    assert (one.figure, one.unit, one.reached) == (5.0, "CPU µs per request", True)
    assert one.goal.text() == "≤ 6 more than nothing on"
