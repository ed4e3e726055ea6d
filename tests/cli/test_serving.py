import json

from tests.cli.command import sidecar
from tests.harness.sidecar import Sidecar

BAD = "listen: 8080\nadmin: {tokn: hunter2}\n"


def test_check_says_in_one_line_that_a_file_is_good():
    done = sidecar("check", "config/minimal.yaml")
    assert done.returncode == 0
    assert done.stdout == "config/minimal.yaml: ok, 1 route, 1 upstream\n"


def test_check_names_the_mistakes(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    done = sidecar("check", str(file))
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{file}:1:9" in done.stderr
    assert "did you mean 'token'?" in done.stderr
    assert "2 mistakes" in done.stderr


def test_check_for_machines(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text(BAD)
    done = sidecar("check", "--format", "json", str(file))
    found = json.loads(done.stdout)
    assert (done.returncode, found["ok"], len(found["mistakes"])) == (2, False, 2)
    good = sidecar("check", "--format", "json", "config/minimal.yaml")
    assert (good.returncode, json.loads(good.stdout)["ok"]) == (0, True)


def test_check_looks_at_the_file_alone(tmp_path):
    file = tmp_path / "bad.yaml"
    file.write_text("listen: 8080")
    assert sidecar("check", str(file), SIDECAR_LISTEN=":1").returncode == 2


# What a plain configuration has no use for, and who would notice its weight.
LATER = {"aiohttp", "jwt", "ruamel"}


def test_what_a_plain_configuration_does_not_need_is_not_imported(tmp_path):
    with Sidecar({}, tmp_path, environment={"PYTHONPROFILEIMPORTTIME": "1"}) as serving:
        before, ready, _ = serving.stderr.partition("sidecar ready")
    imported = {
        line.rpartition("|")[2].strip().partition(".")[0]
        for line in before.splitlines()
        if line.startswith("import time:")
    }
    assert ready
    assert {"pydantic", "uvloop"} <= imported
    assert not imported & LATER
