import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from sidecar import __version__, cli
from sidecar.config import json_schema

ROOT = Path(__file__).parents[1]
BAD = "listen: 8080\nadmin: {tokn: hunter2}\n"


def sidecar(*arguments, **environ):
    kept = {k: v for k, v in os.environ.items() if not k.startswith("SIDECAR_")}
    return subprocess.run(
        [sys.executable, "-m", "sidecar", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        cwd=ROOT,
        env=kept | environ,
    )


def test_version():
    for form in ("version", "--version"):
        done = sidecar(form)
        assert (done.returncode, done.stdout) == (0, f"sidecar {__version__}\n")


def test_what_is_cheap_imports_nothing_heavy():
    script = (
        "import sys; from sidecar.cli import main; main(['version'])\n"
        "main(['healthcheck', 'http://127.0.0.1:1/', '--timeout', '1'])\n"
        "print([m for m in ('pydantic', 'yaml', 'aiohttp', 'asyncio') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert done.stdout.splitlines()[-1] == "[]"


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


def test_schema():
    done = sidecar("schema")
    assert (done.returncode, done.stdout) == (0, json_schema.text())


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["run"], "sidecar run --upstream http://127.0.0.1:3000"),
        ([], "see sidecar --help"),
        (["chek"], "did you mean 'check'?"),
        (["run", "--upstraem", "x"], "did you mean '--upstream'?"),
        (["check"], "see sidecar check --help"),
        (["run", "--upstream", "app"], "not an upstream's URL"),
        (["run", "--upstream", "http://a", "--workers", "many"], "--workers"),
        (["run", "-c", "/nowhere.yaml"], "No such file"),
        (["http://u:hunter2@a"], "has no place"),
        (["unix:relative"], "see sidecar --help"),
    ],
)
def test_what_makes_no_sense_is_status_2_and_says_what_to_type(arguments, says):
    done = sidecar(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert "hunter2" not in done.stderr


def test_flags_have_help_with_examples():
    for command in ("run", "check", "healthcheck"):
        done = sidecar(command, "--help")
        assert done.returncode == 0
        assert "examples:" in done.stdout


class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/readyz" else 503)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def health():
    with http.server.HTTPServer(("127.0.0.1", 0), Answer) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_healthcheck(health):
    assert sidecar("healthcheck", SIDECAR_HEALTH=health).returncode == 0
    assert sidecar("healthcheck", f"http://{health}/readyz").returncode == 0
    failed = sidecar("healthcheck", f"http://{health}/livez")
    assert (failed.returncode, failed.stderr) == (1, "error: 503 \n")


def test_a_url_alone_is_the_short_form(capsys):
    """The flags after it are those of `run`."""
    assert cli.main(["http://127.0.0.1:3000", "--listen", "nowhere"]) == 2
    assert "--listen" in capsys.readouterr().err
