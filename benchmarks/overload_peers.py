"""Overload peers: who stands before the application, each told how much it can do.

All are given as many places as the application has workers. nginx has no queue and
refuses the rest; HAProxy's queue is first come, first served, with a time limit;
the sidecar's is its own default.
"""

import sys
from collections.abc import Callable
from pathlib import Path

from benchmarks.peers import nginx_command
from benchmarks.processes import Launch, program

PLACES = 4
IN_QUEUE = 0.5

SIDECAR = """
listen: "127.0.0.1:{port}"
engine: express
health: {{listen: "127.0.0.1:0"}}
admin: {{listen: "127.0.0.1:0"}}
telemetry: {{access_log: {{format: "off"}}}}
upstreams: {{default: {{url: "http://127.0.0.1:{origin}"}}}}
defaults: {{concurrency: {{max: {places}}}{more}}}
"""
NGINX = """
worker_processes 1;
daemon off;
pid nginx.pid;
error_log stderr crit;
events {{ worker_connections 8000; }}
http {{
    access_log off;
    client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp;
    uwsgi_temp_path tmp; scgi_temp_path tmp;
    limit_conn_zone $server_port zone=all:1m;
    limit_conn_status 503;
    limit_conn_log_level info;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ limit_conn all {places}; proxy_pass http://127.0.0.1:{origin}; }}
    }}
}}
"""
HAPROXY = """
global
    nbthread 1
    maxconn 8000
    no strict-limits
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 30s
    # Longer than this they would be late; who has left is not asked for.
    timeout queue {patience}ms
    option abortonclose
frontend clients
    bind 127.0.0.1:{port} backlog 4096
    default_backend origin
backend origin
    server origin 127.0.0.1:{origin} maxconn {places}
"""

Command = Callable[[Path, int, int], Launch]


def _filled(text: str, port: int, origin: int, more: str = "") -> str:
    return text.format(
        port=port,
        origin=origin,
        places=PLACES,
        patience=int(IN_QUEUE * 1000),
        more=more,
    )


def sidecar(folder: Path, port: int, origin: int, more: str = "") -> Launch:
    """`more` of its defaults."""
    file = folder / "sidecar.yaml"
    file.write_text(_filled(SIDECAR, port, origin, more))
    here = {"PYTHONPATH": str(Path(__file__).parent.parent)}
    command = [sys.executable, "-m", "sidecar", "run", "-c", str(file)]
    return Launch(command, ready=b"sidecar ready", environment=here)


def _nginx(folder: Path, port: int, origin: int) -> Launch:
    file = folder / "nginx.conf"
    file.write_text(_filled(NGINX, port, origin))
    return Launch(nginx_command(program("nginx") or "nginx", folder, str(file)))


def _haproxy(folder: Path, port: int, origin: int) -> Launch:
    file = folder / "haproxy.cfg"
    file.write_text(_filled(HAPROXY, port, origin))
    return Launch([program("haproxy") or "haproxy", "-f", str(file)])


PEERS: dict[str, Command | None] = {
    "alone": None,
    "nginx": _nginx,
    "haproxy": _haproxy,
    "sidecar": sidecar,
}
