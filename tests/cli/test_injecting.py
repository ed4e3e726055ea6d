import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from sidecar.cli.injecting import _joined
from tests.cli.command import ROOT, sidecar

MANIFESTS = ROOT / "tests" / "data" / "manifests"
FRONTEND = MANIFESTS / "kubernetes" / "frontend-deployment.yaml"
FLASK = MANIFESTS / "compose" / "flask.yaml"


@pytest.fixture
def file(tmp_path):
    copy = tmp_path / "frontend.yaml"
    copy.write_bytes(FRONTEND.read_bytes())
    return copy


def test_to_stdout_and_why_to_stderr():
    done = sidecar("inject", str(FRONTEND))
    assert done.returncode == 0
    kinds = [one["kind"] for one in yaml.safe_load_all(done.stdout)]
    assert kinds == ["Deployment", "ConfigMap"]
    assert "Deployment/frontend: injected" in done.stderr
    assert sidecar("inject", "--quiet", str(FRONTEND)).stderr == ""


def test_from_stdin():
    done = subprocess.run(
        [sys.executable, "-m", "sidecar", "inject", "-"],
        input=FLASK.read_bytes(),
        capture_output=True,
        check=True,
        cwd=ROOT,
    )
    assert "web-sidecar" in yaml.safe_load(done.stdout)["services"]


def test_in_place_and_back_to_the_byte(file):
    assert sidecar("inject", "--check", str(file)).returncode == 1
    assert sidecar("inject", "--in-place", str(file)).returncode == 0
    assert b"sidecar-inject" in file.read_bytes()
    assert sidecar("inject", "--check", str(file)).returncode == 0
    assert sidecar("inject", "--undo", "--in-place", str(file)).returncode == 0
    assert file.read_bytes() == FRONTEND.read_bytes()


def test_what_would_change(file):
    done = sidecar("inject", "--diff", str(file))
    assert f"+++ {file} (injected)" in done.stdout
    assert "+      initContainers:" in done.stdout
    assert file.read_bytes() == FRONTEND.read_bytes()


def test_options(file, tmp_path):
    config = tmp_path / "own.yaml"
    config.write_text("limits: {body: 1MiB}\n")
    done = sidecar(
        "inject", str(file), "--image=mine:1", "--container=php-redis", "--port=8080",
        "--kubernetes=v1.28", "--wait=5", "--config", str(config),
    )  # fmt: skip
    deployment, config_map = yaml.safe_load_all(done.stdout)
    spec = deployment["spec"]["template"]["spec"]
    assert [one["name"] for one in spec["containers"]] == ["php-redis", "sidecar"]
    app, added = spec["containers"]
    assert added["image"] == "mine:1"
    assert "--upstream=http://127.0.0.1:8080" in added["args"]
    assert app["lifecycle"]["preStop"] == {"exec": {"command": ["sleep", "5"]}}
    assert config_map["data"] == {"sidecar.yaml": "limits: {body: 1MiB}\n"}


def test_a_compose_service_by_name():
    done = sidecar(
        "inject", str(FLASK), "--service=web", "--port=9000", "--config=README.md"
    )
    services = yaml.safe_load(done.stdout)["services"]
    assert services["web-sidecar"]["volumes"] == [
        "./README.md:/etc/sidecar/sidecar.yaml:ro"
    ]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--in-place",), "stdin has no place"),
        (("/nowhere.yaml",), "No such file"),
        (("sidecar/__init__.py", "--kubernetes=new"), "--kubernetes"),
        (("--chekc",), "did you mean '--check'?"),
    ],
)
def test_what_makes_no_sense(arguments, says):
    done = sidecar("inject", *arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_what_cannot_be_read(tmp_path):
    file = tmp_path / "broken.yaml"
    for content, says in ((b"\xff", "not UTF-8"), (b"a: [", "expected")):
        file.write_bytes(content)
        done = sidecar("inject", str(file))
        assert (done.returncode, done.stdout) == (2, "")
        assert says in done.stderr


@pytest.mark.parametrize(
    ("texts", "joined"),
    [
        (("a\n",), "a\n"),
        (("a", "b"), "a\n---\nb"),
        (("a\n", "---\nb\n"), "a\n---\nb\n"),
    ],
)
def test_several_files_are_one_stream(texts, joined):
    assert _joined(texts) == joined


def test_the_folder_of_manifests_has_its_licences():
    assert all(
        Path(MANIFESTS, kind, "LICENSE").exists() for kind in ("compose", "kubernetes")
    )
