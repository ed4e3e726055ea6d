"""The steps of docs/getting-started.md, with the application that it proposes."""

import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests
import yaml

from tests.harness.sidecar import ROOT, Sidecar, await_condition, merged

PAGE = (ROOT / "docs" / "getting-started.md").read_text()
FILE = yaml.safe_load(PAGE.split("```yaml\n")[1].split("```")[0])
PATIENCE = 60.0


@contextmanager
def http_server(folder):
    """What `python3 -m http.server` serves, on any port."""
    assert "python3 -m http.server 3000" in PAGE
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1"],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout
        port = process.stdout.readline().partition("port ")[2].split()[0]
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def running(tmp_path):
    served = tmp_path / "served"
    (served / "docs").mkdir(parents=True)
    (served / "index.html").write_text("<h1>Mine</h1>" * 200)
    (served / "docs" / "index.html").write_text("<h1>Docs</h1>")
    with http_server(served) as url:
        one = Sidecar({}, tmp_path / "sidecar")
        anywhere = {key: {"listen": "127.0.0.1:0"} for key in ("health", "admin")} | {
            "listen": "127.0.0.1:0",
            "shutdown": {"grace": "0s"},
        }
        one.config = merged(anywhere, {"upstreams": {"default": {"url": url}}})
        with one:
            yield one


def get(sidecar, target, **fields):
    return requests.get(sidecar.url + target, headers=fields, timeout=PATIENCE)


def test_in_front_of_something(running):
    answer = get(running, "/")
    assert answer.text == "<h1>Mine</h1>" * 200
    for name in ("Via", "X-Request-Id", "Cache-Status", "ETag"):
        assert f"`{name}`" in PAGE
        assert name in answer.headers
    smaller = get(running, "/", **{"Accept-Encoding": "gzip"})
    assert smaller.headers["Content-Encoding"] == "gzip"
    await_condition(lambda: '"target":"/"' in running.stdout, PATIENCE)


def test_with_a_file(running):
    """It is laid over the running one, as its last step says."""
    running.configure({key: FILE[key] for key in ("routes",)})
    await_condition(lambda: "configuration reloaded" in running.stderr, PATIENCE)
    said = [get(running, "/docs/").headers["Cache-Status"] for _ in range(2)]
    assert said[1].startswith("sidecar; hit")
    assert "Cache-Status: sidecar; hit" in PAGE
