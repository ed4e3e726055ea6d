"""The public suite for HTTP caches (npm http-cache-tests), through both doors."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.harness.sidecar import ENGINES, ROOT, Sidecar, await_condition

HERE = Path(__file__).parent
SUITE = ROOT / ".tools" / "http-cache-tests" / "node_modules" / "http-cache-tests"
SERVER = "server/server.mjs"
LISTENS = re.compile(r"^Listening on (http://127\.0\.0\.1:\d+)/$", re.MULTILINE)
OPTIONAL = 77
"""Of 86; what a cache gains by more is listed in docs/caching.md."""

# The suite's lifetimes are of one and two seconds. Where the machine stood still for
# that long, what it had stored is stale: that it is not used then is right.
NOT_IN_TIME = re.compile(r"Response \d+ does not come from cache")
ATTEMPTS = 3

pytestmark = [
    pytest.mark.skipif(
        not SUITE.exists() or shutil.which("node") is None,
        reason="make cache-tests installs the suite; it needs Node.js",
    ),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[str]:
    where = tmp_path_factory.mktemp("origin")
    node = shutil.which("node") or "node"
    environment = {
        "PATH": str(Path(node).parent),
        "npm_config_protocol": "http",
        "npm_config_port": "0",
        "npm_config_pidfile": str(where / "pid"),
    }
    output = where / "output"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [node, "--no-warnings", "--import", HERE / "loopback.mjs", SERVER],
            cwd=SUITE,
            env=environment,
            stdout=file,
            stderr=file,
        )
    try:
        await_condition(lambda: LISTENS.search(output.read_text()) is not None, 60.0)
        (url,) = LISTENS.findall(output.read_text())
        yield url
    finally:
        process.kill()
        process.wait()


Results = dict[str, dict[str, Any]]


class Found(NamedTuple):
    results: Results
    again: dict[str, str]
    """What was asked once more, and why."""


@pytest.fixture(scope="module", params=ENGINES)
def found(request, origin, tmp_path_factory) -> Found:
    config = {
        "engine": request.param,
        "upstreams": {"default": {"url": origin}},
        # What the suite asks of a cache that has been told that it may.
        "defaults": {
            "conditional": {"etag": False},
            "cache": {"heuristic": True, "errors": True, "jitter": 0},
            "retry": "off",
        },
    }
    with Sidecar(config, tmp_path_factory.mktemp("sidecar")) as sidecar:
        found = Found(run(sidecar.url), {})
        for _ in range(1, ATTEMPTS):
            late = not_in_time(found.results)
            if late:
                found.again.update(late)
                found.results.update(run(sidecar.url, *late))
    return found


def run(url: str, *only: str) -> Results:
    done = subprocess.run(
        ["node", "--no-warnings", HERE / "run.mjs", SUITE, url, *only],
        capture_output=True,
        text=True,
        timeout=800,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    results: Results = json.loads(done.stdout)
    return results


def not_in_time(results: Results) -> dict[str, str]:
    kinds = {"required"} if passed(results) >= OPTIONAL else {"required", "optimal"}
    return {
        name: one["result"][1]
        for name, one in results.items()
        if one["kind"] in kinds
        and name not in known()
        and one["result"] is not True
        and NOT_IN_TIME.fullmatch(one["result"][1])
    }


def passed(results: Results) -> int:
    """How many of the optional ones did."""
    return sum(
        one["kind"] == "optimal" and one["result"] is True for one in results.values()
    )


def known() -> dict[str, str]:
    lines = (HERE / "http-cache-tests.txt").read_text().splitlines()
    pairs = (line.split(": ", 1) for line in lines if line and line[0] != "#")
    return dict(pairs)


def test_all_that_is_required_but_what_is_known(found, record_property):
    for name, why in found.again.items():
        record_property("http-cache-tests asked again", f"{name}: {why}")
    failed = {
        name: one["result"]
        for name, one in found.results.items()
        if one["kind"] == "required" and one["result"] is not True
    }
    assert failed.keys() == known().keys(), json.dumps(failed, indent=1)
    assert sum(one["kind"] == "required" for one in found.results.values()) == 157


def test_most_of_what_is_optional(found):
    assert passed(found.results) >= OPTIONAL, [
        name
        for name, one in found.results.items()
        if one["kind"] == "optimal" and one["result"] is not True
    ]


def test_each_deviation_has_its_reason():
    assert all(len(reason) > 20 for reason in known().values())


def test_only_what_was_too_late_is_asked_again():
    late = ["Assertion", "Response 3 does not come from cache"]
    wrong = ["Assertion", "Response 2 comes from cache"]
    results: Results = {
        "passed": {"kind": "required", "result": True},
        "late": {"kind": "required", "result": late},
        "wrong": {"kind": "required", "result": wrong},
        "optional": {"kind": "optimal", "result": late},
        "age-parse-prefix": {"kind": "required", "result": late},
    }
    assert not_in_time(results).keys() == {"late", "optional"}
    for n in range(OPTIONAL):
        results[f"optional {n}"] = {"kind": "optimal", "result": True}
    assert not_in_time(results) == {"late": late[1]}
