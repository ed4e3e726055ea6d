"""Fleet: the origin and the peers of a run, each started when it is first needed.

A peer that does not start, or does not give the origin's answer, is out of the run,
with the reason; the others go on.
"""

import gzip
import http.client
import json
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli
import zstandard

from benchmarks.contents import shop_html, shop_json
from benchmarks.loads import ANY, Load
from benchmarks.peers import (
    TEMPLATES,
    Peer,
    Place,
    Setting,
    nginx_command,
    sidecar,
)
from benchmarks.processes import (
    HOST,
    LOAD_CORE,
    PROXY_CORE,
    Launch,
    Started,
    StartFailed,
    free_port,
    program,
    start,
    stop,
)

SIZES = {"1k.json": 1000, "50k.json": 50_000, "1m.bin": 1 << 20}
ANSWER_LIMIT = 10.0  # seconds
TOO_MANY = 429
UNDO: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


class Refused(Exception):
    """A peer did not answer as it must."""


def filler(length: int) -> bytes:
    """Return JSON of exactly `length` bytes."""
    item = json.dumps({"id": 1, "name": "Widget", "price": 9.95, "tags": ["a", "b"]})
    head, tail = b'{"items":[', b'{"pad":""}]}'
    items = (item + ",").encode()
    body = items * ((length - len(head) - len(tail)) // len(items))
    pad = b"x" * (length - len(head) - len(tail) - len(body))
    return head + body + tail[:8] + pad + tail[8:]


def check(port: int, load: Load) -> None:
    """Ask once what `load` will ask for, or twice where the first uses up a limit.

    Raises:
        Refused: if the answer is not as expected, in status, length and coding.
    """
    if load.status == TOO_MANY:
        _asked(port, load)
    wanted = dict(field.split(": ", 1) for field in load.fields)
    status, length, coding = _asked(port, load)
    expected = load.length if load.length != ANY else length
    coded = wanted.get("Accept-Encoding", "identity")
    if (status, length, coding) != (load.status, expected, coded):
        raise Refused(f"status {status}, {length} bytes, {coding}")


def _asked(port: int, load: Load) -> tuple[int, int, str]:
    """The answer's status, its length, and its coding.

    Raises:
        Refused: if there is none.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=ANSWER_LIMIT)
    fields = {"Max-Forwards": "0"} if load.method == "OPTIONS" else {}
    fields |= dict(field.split(": ", 1) for field in load.fields)
    body = b"x" * 200 if load.method == "POST" else None
    try:
        connection.request(load.method, load.path, body, fields)
        answer = connection.getresponse()
        coding = answer.headers.get("Content-Encoding", "identity")
        length = len(UNDO[coding](answer.read()))
    except (OSError, http.client.HTTPException) as error:
        raise Refused(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    return answer.status, length, coding


class Fleet:
    """What runs. `close` ends it all."""

    def __init__(self, folder: Path, peers: list[Peer]) -> None:
        self.folder = folder
        self.peers = peers
        self._running: dict[tuple[str, Setting], Started] = {}
        self.origin = self._start_origin()

    def _start_origin(self) -> Started:
        folder = self.folder / "origin"
        (folder / "files").mkdir(parents=True)
        for name, size in SIZES.items():
            (folder / "files" / name).write_bytes(filler(size))
        (folder / "files" / "shop.json").write_bytes(shop_json())
        (folder / "files" / "shop.html").write_bytes(shop_html())
        port = free_port()
        text = (TEMPLATES / "origin.conf").read_text().replace("@PORT@", str(port))
        text = text.replace("@KILOBYTE@", filler(SIZES["1k.json"]).decode())
        configuration = folder / "origin.conf"
        configuration.write_text(text)
        path = program("nginx")
        if path is None:
            raise StartFailed("the origin needs nginx")
        command = nginx_command(path, folder, str(configuration))
        return start(Launch(command), port, folder / "output", LOAD_CORE)

    def peer(self, name: str) -> Peer:
        """Return the peer of that name."""
        return next(peer for peer in self.peers if peer.name == name)

    def get(self, peer: Peer, setting: Setting) -> Started:
        """Return the running peer, after starting it where needed.

        Raises:
            StartFailed: with what it said.
        """
        key = (peer.name, setting)
        if key not in self._running:
            self._running[key] = self.launch(peer, setting)
        return self._running[key]

    def launch(
        self, peer: Peer, setting: Setting, origin: int | None = None
    ) -> Started:
        """Start one more of `peer`, before that origin; the caller stops it."""
        path = peer.path()
        if path is None:
            raise StartFailed(f"{peer.program} is not installed")
        port = free_port()
        folder = self.folder / f"{peer.name.split()[0]}-{port}"
        folder.mkdir()
        place = Place(folder, port, origin or self.origin.port)
        launch = peer.launch(path, place, setting)
        return start(launch, port, folder / "output", PROXY_CORE)

    def keep(self, settings: set[Setting]) -> None:
        """Stop what is set up otherwise: idle programs have timers, too."""
        for key in [key for key in self._running if key[1] not in settings]:
            stop(self._running.pop(key))

    def close(self) -> None:
        """Stop everything."""
        for started in [*self._running.values(), self.origin]:
            stop(started)
        self._running.clear()


def missing(peers: tuple[Peer, ...]) -> list[str]:
    """Return the names of the peers that are not installed."""
    return [peer.name for peer in peers if peer.path() is None]


def available(peers: tuple[Peer, ...], engines: tuple[str, ...]) -> list[Peer]:
    """Return the sidecar with each engine, and the peers that are installed."""
    return [*map(sidecar, engines), *(peer for peer in peers if peer.path())]
