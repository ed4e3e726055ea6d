import http.server
import threading

import pytest

from sidecar.config import json_schema
from tests.cli.command import sidecar


def test_schema():
    done = sidecar("schema")
    assert (done.returncode, done.stdout) == (0, json_schema.text())


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


def test_healthcheck_finds_the_address_in_flag_environment_and_file(health, tmp_path):
    """In this order; nothing listens where the later ones point to."""
    file = tmp_path / "sidecar.yaml"
    file.write_text('health: {listen: "127.0.0.1:1"}')
    nowhere = {"SIDECAR_HEALTH": "127.0.0.1:1"}
    asked = ("healthcheck", "--config", str(file))
    assert sidecar(*asked, "--health", health, **nowhere).returncode == 0
    assert sidecar(*asked, SIDECAR_HEALTH=health).returncode == 0
    file.write_text(f'health: {{listen: "{health}"}}')
    assert sidecar(*asked).returncode == 0
    assert sidecar("healthcheck", SIDECAR_CONFIG=str(file)).returncode == 0


def test_healthcheck_asks_for_life_where_told(health):
    failed = sidecar("healthcheck", "--live", SIDECAR_HEALTH=health)
    assert (failed.returncode, failed.stderr) == (1, "error: 503 \n")


def test_healthcheck_with_a_file_that_has_mistakes(tmp_path):
    file = tmp_path / "sidecar.yaml"
    file.write_text("helth: {}")
    failed = sidecar("healthcheck", "--config", str(file))
    assert failed.returncode == 2
    assert "did you mean 'health'?" in failed.stderr
