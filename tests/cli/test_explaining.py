"""`sidecar explain`, as it is typed."""

import json
import re

import pytest

from tests.cli.command import ROOT, sidecar

FILE = "routes: [{name: api, match: {path: /api/**}, timeouts: {request: 7s}}]\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "sidecar.yaml"
    path.write_text(FILE)
    return str(path)


def test_text(file):
    done = sidecar("explain", file, "GET", "/api/x", "-H", "Accept-Encoding: br")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("GET http://localhost/api/x\n\nroute        api")
    assert "compression  br" in done.stdout
    assert (
        f"timeouts.request  7s  <- routes[0].timeouts.request {file}:1\n" in done.stdout
    )


def test_json(file):
    done = sidecar("explain", file, "GET", "/x", "--format", "json", "--client", "::1")
    found = json.loads(done.stdout)
    assert found["explanation"]["route"]["name"] == "default"
    assert found["explanation"]["user"]["address"] == "::1"
    assert found["refused"] is None


def test_without_a_file():
    done = sidecar("explain", "GET", "/x", SIDECAR_UPSTREAM="http://127.0.0.1:1")
    assert done.returncode == 0
    assert "upstreams.default.url environment SIDECAR_UPSTREAM" in done.stdout


def test_what_the_gate_refuses(file):
    done = sidecar("explain", file, "TRACE", "/")
    assert done.returncode == 0
    assert "refused before any route: 405 method_not_allowed" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nowhere.yaml", "GET", "/"), "cannot be read"),
        (("GET", "shop"), "a URL begins with http://, https:// or /"),
        (("GET", "/", "-H", "no"), "a field is written 'Name: value'"),
        (("GET",), "required: URL"),
    ],
)
def test_mistakes(arguments, said):
    done = sidecar("explain", *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_the_page_shows_what_is_printed(tmp_path):
    page = (ROOT / "docs" / "explain.md").read_text()
    given, shown = (
        page.partition(f"```{kind}\n")[2].partition("```\n")[0]
        for kind in ("yaml", "text")
    )
    file = tmp_path / "sidecar.yaml"
    file.write_text(given)
    done = sidecar("explain", str(file), "GET", "/api/products/7")
    # A path of another length moves nothing: it stands at the end of a line.
    assert plain(done.stdout.replace(str(file), "sidecar.yaml")) == plain(shown)


def plain(text):
    """Without how many settings there are, which grows."""
    return re.sub(r"\d+ more are defaults", "more are defaults", text)
