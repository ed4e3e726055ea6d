"""The public suite for HTTP caches (npm http-cache-tests), through both doors."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.sidecar import ENGINES, ROOT, Sidecar, await_condition

HERE = Path(__file__).parent
SUITE = ROOT / ".tools" / "http-cache-tests" / "node_modules" / "http-cache-tests"
SERVER = "server/server.mjs"
LISTENS = re.compile(r"^Listening on (http://127\.0\.0\.1:\d+)/$", re.MULTILINE)
OPTIONAL = 75
"""Of 86; what a cache gains by more is listed in docs/caching.md."""

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


@pytest.fixture(scope="module", params=ENGINES)
def found(request, origin, tmp_path_factory) -> dict[str, dict[str, object]]:
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
        done = subprocess.run(
            ["node", "--no-warnings", HERE / "run.mjs", SUITE, sidecar.url],
            capture_output=True,
            text=True,
            timeout=800,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    results: dict[str, dict[str, object]] = json.loads(done.stdout)
    return results


def known() -> dict[str, str]:
    lines = (HERE / "http-cache-tests.txt").read_text().splitlines()
    pairs = (line.split(": ", 1) for line in lines if line and line[0] != "#")
    return dict(pairs)


def test_all_that_is_required_but_what_is_known(found):
    failed = {
        name: one["result"]
        for name, one in found.items()
        if one["kind"] == "required" and one["result"] is not True
    }
    assert failed.keys() == known().keys(), json.dumps(failed, indent=1)
    assert sum(one["kind"] == "required" for one in found.values()) == 157


def test_most_of_what_is_optional(found):
    kinds = [one["result"] for one in found.values() if one["kind"] == "optimal"]
    assert kinds.count(True) >= OPTIONAL, [
        name
        for name, one in found.items()
        if one["kind"] == "optimal" and one["result"] is not True
    ]


def test_each_deviation_has_its_reason():
    assert all(len(reason) > 20 for reason in known().values())
