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
    done = sidecar("inject", "--check", str(file))
    assert done.returncode == 1
    assert (
        done.stderr
        == f"{file}: without it, or not as inject writes it; --diff says where\n"
    )
    assert sidecar("inject", "--in-place", str(file)).returncode == 0
    assert b"sidecar-inject" in file.read_bytes()
    done = sidecar("inject", "--check", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert sidecar("inject", "--undo", "--in-place", str(file)).returncode == 0
    assert file.read_bytes() == FRONTEND.read_bytes()


def test_a_cluster_keeps_no_comments(file):
    """What it gives back is checked by what is in it."""
    done = sidecar("inject", "--quiet", str(file))
    file.write_text(yaml.safe_dump_all(yaml.safe_load_all(done.stdout)))
    found = sidecar("inject", "--check", str(file))
    assert (found.returncode, found.stderr) == (0, "")
    said = sidecar("inject", str(file)).stderr
    assert said == "Deployment/frontend: in already: it has a container named sidecar\n"


def test_what_would_change(file):
    done = sidecar("inject", "--diff", str(file))
    assert f"+++ {file} (injected)" in done.stdout
    assert "+      initContainers:" in done.stdout
    assert file.read_bytes() == FRONTEND.read_bytes()


@pytest.mark.parametrize("last", ["", "\n"])
def test_the_difference_is_a_patch(last, file):
    before = file.read_text().rstrip("\n") + last
    file.write_text(before)
    difference = sidecar("inject", "--diff", str(file)).stdout
    done = sidecar("inject", str(file)).stdout
    assert patched(before, difference) == done
    assert ("\\ No newline at end of file\n" in difference) == (not last)


def patched(text, difference):
    """What `patch` makes of it: context and added lines, in the place of the old."""
    found, at, lines = [], 0, text.splitlines(keepends=True)
    rows = difference.splitlines(keepends=True)[2:]
    for number, row in enumerate(rows):
        following = rows[number + 1] if number + 1 < len(rows) else ""
        content = row[1:].removesuffix("\n") if following[:1] == "\\" else row[1:]
        if row.startswith("@@"):
            start = int(row.split()[1].split(",")[0].removeprefix("-")) - 1
            found += lines[at:start]
            at = start
        elif row[0] in " -":
            assert lines[at] == content
            at += 1
        if row[0] in " +":
            found.append(content)
    return "".join([*found, *lines[at:]])


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


@pytest.mark.parametrize(
    ("config", "volume"),
    [
        ("own.yaml", "./own.yaml"),
        ("conf/own.yaml", "./conf/own.yaml"),
        ("../own.yaml", "../own.yaml"),
    ],
)
def test_a_compose_service_by_name(config, volume, tmp_path):
    """The file is found from where the compose file is."""
    file = tmp_path / "app" / "compose.yaml"
    (file.parent / "conf").mkdir(parents=True)
    file.write_bytes(FLASK.read_bytes())
    own = file.parent / config
    own.write_text("shutdown: {grace: 1s, timeout: 2m}\n")
    done = sidecar("inject", str(file), "--service=web", "--port=9000", f"-c{own}")
    made = yaml.safe_load(done.stdout)["services"]["web-sidecar"]
    assert made["volumes"] == [f"{volume}:/etc/sidecar/sidecar.yaml:ro"]
    assert made["stop_grace_period"] == "126s"


def test_what_is_wrong_with_the_configuration_is_said(file, tmp_path):
    """It may be right where it runs: there are other variables and files."""
    config = tmp_path / "own.yaml"
    config.write_text("limits: {bodi: 1MiB}\n")
    done = sidecar("inject", str(file), "--config", str(config))
    assert done.returncode == 0
    assert "did you mean 'body'?" in done.stderr
    assert f"--> {config}:1:10" in done.stderr


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
    for content, says in ((b"\xff", "not UTF-8"), (b"a: [", f"{file}:1:5: expected")):
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
