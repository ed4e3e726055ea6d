import http.server
import threading
import time

import pytest

from tests.cli.command import sidecar


class Admin(http.server.BaseHTTPRequestHandler):
    told: tuple[str, ...] = ()

    def do_POST(self):
        fields = ("Content-Type", "Authorization")
        type(self).told = (self.path, *(self.headers.get(name, "") for name in fields))
        known = self.headers.get("Authorization") in (None, "Bearer secret")
        self.send_response(202 if known else 401)
        self.end_headers()

    def log_message(self, *_):
        pass


@pytest.fixture
def admin():
    Admin.told = ()
    with http.server.HTTPServer(("127.0.0.1", 0), Admin) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        serving.join()


def test_it_tells_the_admin_listener(admin):
    assert sidecar("drain", SIDECAR_ADMIN=admin).returncode == 0
    assert Admin.told == ("/drain", "application/json", "")
    assert sidecar("drain", "--admin", admin).returncode == 0


def test_the_file_says_where_and_with_what_token(admin, tmp_path):
    file = tmp_path / "sidecar.yaml"
    (tmp_path / "token").write_text("secret\n")
    file.write_text(f'admin: {{listen: "{admin}", token: "file:token"}}\n')
    assert sidecar("drain", "--config", str(file)).returncode == 0
    assert Admin.told[-1] == "Bearer secret"
    file.write_text(f'admin: {{listen: "{admin}", token: wrong}}\n')
    failed = sidecar("drain", "--config", str(file))
    assert (failed.returncode, failed.stderr) == (1, "error: 401 \n")
    file.write_text("admni: {}\n")
    assert sidecar("drain", "--config", str(file)).returncode == 2


def test_it_waits_even_where_nobody_is_told():
    began = time.monotonic()
    failed = sidecar("drain", "--admin", "127.0.0.1:1", "--wait", "0.3")
    assert failed.returncode == 1
    assert "cannot be asked" in failed.stderr
    assert time.monotonic() - began >= 0.3
