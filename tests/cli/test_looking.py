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
