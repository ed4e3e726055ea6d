"""Peers: what stands between the load and the origin, and how each is started.

Their configurations are in peers/, with @NAME@ where a run fills in a port. One
worker or thread each, kept connections to the origin, and the access log off for
all or on for all.
"""

import getpass
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.processes import Launch, program

TEMPLATES = Path(__file__).parent / "peers"
ENGINES = ("express", "aiohttp")
HAPROXY_LIMIT = """
    stick-table type ip size 100k expire 1h store http_req_rate(1h)
    http-request track-sc0 src
    http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1 }
"""
LIMITED = '{name: limited, match: {path: "/any/**"}, rate_limit: {rate: 1/h, by: ip}}'


@dataclass(frozen=True, slots=True)
class Setting:
    """How a peer is set up for a row."""

    access_log: bool = False
    routes: int = 0
    limited: bool = False  # one request an hour, and 429 for the rest
    defaults: str = "{}"  # of the sidecar's routes
    fitting: bool = False  # room for 2,000 stored answers of 1,000 bytes


PLAIN = Setting()
# The sidecar's own default, and what 2,000 answers of 1,000 bytes take.
MEMORY, FITTING = "64MiB", "6400KiB"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a peer runs: its folder, its port, the origin's."""

    folder: Path
    port: int
    origin: int

    def write(self, template: str, **values: str) -> str:
        """Fill in a configuration and return its path."""
        text = (TEMPLATES / template).read_text()
        values |= {"PORT": str(self.port), "ORIGIN": str(self.origin)}
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        path = self.folder / template
        path.write_text(text)
        return str(path)


@dataclass(frozen=True, slots=True)
class Peer:
    """A proxy: its program, how to launch it, how it says its version."""

    name: str
    program: str
    launch: Callable[[str, Place, Setting], Launch]
    version: tuple[str, ...]

    def path(self) -> str | None:
        """Return where its program is; None where it is not installed."""
        return program(self.program)


def nginx_command(path: str, folder: Path, configuration: str) -> list[str]:
    """Return nginx's command line, with its worker as the same user as the rest."""
    (folder / "tmp").mkdir(exist_ok=True)
    user = ["-g", f"user {getpass.getuser()};"] if os.geteuid() == 0 else []
    return [path, "-p", str(folder), "-c", configuration, "-e", "stderr", *user]


def _nginx(path: str, place: Place, setting: Setting) -> Launch:
    log = str(place.folder / "access.log") if setting.access_log else "off"
    limited = "limit_req zone=limited; limit_req_status 429;"
    limit = limited if setting.limited else ""
    room = "max_size=8m" if setting.fitting else ""  # blocks of 4 KiB
    values = {"ACCESS_LOG": log, "LIMIT": limit, "ROOM": room}
    configuration = place.write("nginx.conf", **values)
    return Launch(nginx_command(path, place.folder, configuration))


def _haproxy(path: str, place: Place, setting: Setting) -> Launch:
    log = "log stdout format raw local0\n    option httplog"
    log = log if setting.access_log else "no log"
    limit = HAPROXY_LIMIT if setting.limited else ""
    room = "4" if setting.fitting else "64"  # MB, blocks of 1 KiB
    configuration = place.write("haproxy.cfg", LOG=log, LIMIT=limit, ROOM=room)
    return Launch([path, "-f", configuration])


def _varnish(path: str, place: Place, setting: Setting) -> Launch:
    vcl = place.write("varnish.vcl")
    state = place.folder / "state"
    listen = f"127.0.0.1:{place.port}"
    command = [path, "-F", "-j", "none", "-a", listen, "-f", vcl, "-n", str(state)]
    room = "4500k" if setting.fitting else "64m"
    command += ["-s", f"malloc,{room}", "-T", "none"]
    if setting.access_log:
        # Its log is a program of its own, which the price includes.
        reader = f"varnishncsa -n {state} -w {place.folder / 'access.log'} -t 10"
        command = ["sh", "-c", f'{reader} & exec "$@"', "sh", *command]
    return Launch(command)


def _caddy(path: str, place: Place, setting: Setting) -> Launch:
    log = f"log {{\n\t\toutput file {place.folder / 'access.log'}\n\t}}"
    configuration = place.write("Caddyfile", LOG=log if setting.access_log else "")
    home = {"GOMAXPROCS": "1", "HOME": str(place.folder)}
    home |= {"XDG_DATA_HOME": str(place.folder), "XDG_CONFIG_HOME": str(place.folder)}
    command = [path, "run", "--adapter", "caddyfile", "--config", configuration]
    return Launch(command, environment=home)


def _envoy(path: str, place: Place, setting: Setting) -> Launch:
    log = (
        "[{name: file, typed_config: {'@type': type.googleapis.com/"
        "envoy.extensions.access_loggers.file.v3.FileAccessLog, "
        f"path: {place.folder / 'access.log'}}}}}]"
    )
    log = log if setting.access_log else "[]"
    configuration = place.write("envoy.yaml", ACCESS_LOG=log)
    flags = ["--concurrency", "1", "--disable-hot-restart", "-l", "error"]
    return Launch([path, "-c", configuration, *flags])


def _plain_aiohttp(path: str, place: Place, setting: Setting) -> Launch:
    ports = [str(place.port), str(place.origin)]
    log = "on" if setting.access_log else "off"
    script = str(Path(__file__).with_name("plain_aiohttp.py"))
    return Launch([path, script, *ports, log])


def _sidecar(engine: str) -> Callable[[str, Place, Setting], Launch]:
    def launch(path: str, place: Place, setting: Setting) -> Launch:
        log = "json" if setting.access_log else "off"
        routes = "".join(
            f'\n  - {{name: r{n}, match: {{path: "/any/{n}/**"}}}}'
            for n in range(setting.routes)
        )
        if setting.limited:
            routes += f"\n  - {LIMITED}"
        configuration = place.write(
            "sidecar.yaml",
            ENGINE=engine,
            ACCESS_LOG=log,
            ROUTES=routes or "[]",
            DEFAULTS=setting.defaults,
            MEMORY=FITTING if setting.fitting else MEMORY,
        )
        command = [path, "-m", "sidecar", "run", "-c", configuration]
        here = {"PYTHONPATH": str(Path(__file__).parent.parent)}
        return Launch(command, ready=b"sidecar ready", environment=here)

    return launch


def sidecar(engine: str) -> Peer:
    """Return the sidecar with one of its front doors."""
    version = (sys.executable, "-m", "sidecar", "version")
    return Peer(f"sidecar ({engine})", "python", _sidecar(engine), version)


OTHERS = (
    Peer("nginx", "nginx", _nginx, ("nginx", "-v")),
    Peer("HAProxy", "haproxy", _haproxy, ("haproxy", "-v")),
    Peer("Varnish", "varnishd", _varnish, ("varnishd", "-V")),
    Peer("Caddy", "caddy", _caddy, ("caddy", "version")),
    Peer("Envoy", "envoy", _envoy, ("envoy", "--version")),
    Peer(
        "plain aiohttp",
        "python",
        _plain_aiohttp,
        (sys.executable, "-c", "import aiohttp; print('aiohttp', aiohttp.__version__)"),
    ),
)
REFERENCE = "nginx"


def accepted_engines(folder: Path) -> tuple[str, ...]:
    """Return the engines that `sidecar check` lets through."""
    place = Place(folder, 1, 1)
    accepted = []
    for engine in ENGINES:
        values = {"ENGINE": engine, "ACCESS_LOG": "off", "ROUTES": "[]"}
        values |= {"DEFAULTS": PLAIN.defaults, "MEMORY": MEMORY}
        command = [sys.executable, "-m", "sidecar", "check"]
        file = place.write("sidecar.yaml", **values)
        if not subprocess.run(
            [*command, file], capture_output=True, check=False
        ).returncode:
            accepted.append(engine)
    return tuple(accepted)
