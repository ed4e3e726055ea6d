"""Applications that were not written here, each a process on a free port.

`httpbin` by waitress, `python -m http.server`, nginx from Debian, and an echo
server on the `websockets` library. What they say goes to a file beside them.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.harness.ports import reserved_port
from tests.harness.sidecar import ROOT, await_condition

START = STOP = 60.0

HTTPBIN = """
import socket, httpbin, waitress
ours = socket.create_server(("127.0.0.1", 0), backlog=256)
print("port", ours.getsockname()[1], flush=True)
waitress.serve(httpbin.app, sockets=[ours], threads=64, ident=None)
"""


@dataclass(frozen=True, slots=True)
class Application:
    """A running application; `where` is its own directory."""

    port: int
    where: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def process(
    command: Sequence[str | Path], where: Path
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `command` in `where`; end it by its pid."""
    where.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    with (where / "output").open("wb") as output:
        running = subprocess.Popen(
            command, stdout=output, stderr=output, cwd=where, env=environment
        )
    try:
        yield running
    finally:
        running.terminate()
        try:
            running.wait(STOP)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait(STOP)


def printed_port(running: subprocess.Popen[bytes], where: Path) -> int:
    """The port that the process says it listens on."""

    def said() -> str:
        return (where / "output").read_text(errors="replace")

    def found() -> re.Match[str] | None:
        assert running.poll() is None, said()
        return re.search(r"\bport (\d+)\b.*\n", said())

    await_condition(lambda: found() is not None, START, said)
    match = found()
    assert match is not None
    return int(match[1])


@contextmanager
def printing(command: Sequence[str | Path], where: Path) -> Iterator[Application]:
    with process(command, where) as running:
        yield Application(printed_port(running, where), where)


@contextmanager
def httpbin(where: Path) -> Iterator[Application]:
    """The `httpbin` package, served by waitress with threads."""
    with printing([sys.executable, "-c", HTTPBIN], where) as application:
        yield application


@contextmanager
def file_server(where: Path, files: Path, protocol: str) -> Iterator[Application]:
    """`python -m http.server` on a directory, speaking HTTP/1.0 or HTTP/1.1."""
    command = ["-m", "http.server", "0", "--bind", "127.0.0.1"]
    command += ["--directory", str(files), "--protocol", protocol]
    with printing([sys.executable, *command], where) as application:
        yield application


@contextmanager
def websocket_echo(where: Path) -> Iterator[Application]:
    """The `websockets` library answering as tests/e2e/websocket_app.py says."""
    command = [sys.executable, "-m", "tests.e2e.websocket_app"]
    with printing(command, where) as application:
        yield application


NGINX = """
daemon off;
worker_processes 1;
pid nginx.pid;
error_log error.log notice;
{user}
events {{ worker_connections 512; }}
http {{
  access_log off;
  types {{
    text/html html; text/css css; text/plain txt; application/javascript js;
    application/json json; image/png png; image/svg+xml svg; image/jpeg jpg;
  }}
  default_type application/octet-stream;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  client_max_body_size 0;
  sendfile on;
  absolute_redirect off;
  server {{
    listen 127.0.0.1:{port} backlog=256;
    root {files};
    location / {{ index index.html; }}
    location /list/ {{ alias {files}/; autoindex on; }}
    location /gzip/ {{ alias {files}/; gzip on; gzip_proxied any; gzip_types *; gzip_min_length 1; gzip_vary on; }}
    location /chunked/ {{ alias {files}/; ssi on; ssi_types *; }}
    location /uploads/ {{ alias {uploads}/; dav_methods PUT DELETE MKCOL COPY MOVE; create_full_put_path on; }}
    location /expiring/ {{ alias {files}/; expires 1h; add_header Set-Cookie a=1; add_header Set-Cookie b=2; add_header X-Twice 1; add_header X-Twice 2; add_header set-cookie c=3; }}
    location /bare/ {{ alias {files}/; etag off; if_modified_since off; max_ranges 0; }}
    location /denied/ {{ deny all; }}
    location = /absolute {{ absolute_redirect on; return 301 /files/; }}
{returns}
  }}
}}
"""

RETURNS = {
    200: '"plain text\\n"',
    201: '"made\\n"',
    204: "",
    301: "/elsewhere",
    302: "/elsewhere?a=b&c=%2F",
    303: "/elsewhere",
    307: "/elsewhere",
    308: "/elsewhere",
    400: "",
    402: '"pay\\n"',
    410: "",
    418: '"teapot\\n"',
    429: "",
    451: '"no\\n"',
    500: "",
    502: "",
    503: '"busy\\n"',
    504: "",
    599: '"odd\\n"',
}


def nginx_binary() -> str:
    found = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    assert found, "nginx is needed: apt-get install nginx-light"
    return found


@contextmanager
def nginx(where: Path, files: Path) -> Iterator[Application]:
    """nginx on a directory; PUT below /uploads/ stores a file."""
    uploads = where / "uploads"
    uploads.mkdir(parents=True)
    returns = "".join(
        f"    location = /return/{status} {{ return {status} {text}; }}\n"
        for status, text in RETURNS.items()
    )
    port = reserved_port()
    (where / "nginx.conf").write_text(
        NGINX.format(
            port=port,
            files=files,
            uploads=uploads,
            returns=returns,
            user="user root;" if os.geteuid() == 0 else "",
        )
    )
    options = ["-p", str(where), "-c", "nginx.conf", "-e", "error.log"]
    with process([nginx_binary(), *options], where) as running:
        await_listening(running, where, port)
        yield Application(port, where)


def await_listening(running: subprocess.Popen[bytes], where: Path, port: int) -> None:
    """Wait until the port answers."""

    def answers() -> bool:
        assert running.poll() is None, (where / "output").read_text()
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await_condition(answers, START)
