"""Lightness: what is no rate. How soon an event is there, who waits for a bomb.

    python -m benchmarks.lightness                  both; some three minutes
    python -m benchmarks.lightness events           one of them: events, bombs

An event is written by the origin once the client has read the one before; its time
is from there until the client has decoded it. While bombs are asked for by four
clients, over and over, others ask for something small at a constant rate, in an open
loop: whoever holds up the event loop, holds up them.
"""

import contextlib
import socket
import sys
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import brotli
import zstandard

from benchmarks.figures import quantile
from benchmarks.open_loop import measured_apart
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import ENGINES, Sidecar
from tests.wire.hostile import Hostile, hostile

EVENTS = 500
SOON, IN_TIME = 20.0, 50.0  # milliseconds: the goals
CLIENTS, RATE, SECONDS = 4, 200, 4.0
PATIENCE = 30.0  # seconds

Undo = Callable[[bytes], bytes]
UNDO: dict[str, Callable[[], Undo]] = {
    "identity": lambda: bytes,
    "gzip": lambda: zlib.decompressobj(31).decompress,
    "br": lambda: brotli.Decompressor().process,
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj().decompress,
}
EVERY_EVENT = {"compression": {"types": ["text/event-stream"], "min_size": 1}}
HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
)


def said(what: str, times: list[float], goal: str, *, reached: bool) -> str:
    """Return the line of one row; `times` in seconds."""
    figures = "".join(
        f"{quantile(times, q) * 1000:>9.2f}" for q in (0.5, 0.99, 0.999, 1.0)
    )
    return f"{what:<44}{figures}   {goal}{'' if reached else '   MISSED'}"


def titles(what: str) -> str:
    """Return the line above the rows."""
    return f"{what:<44}" + "".join(f"{q:>9}" for q in ("p50", "p99", "p99.9", "max"))


def events(folder: Path) -> Iterator[str]:
    """Time from origin to client, for each event; the slowest has a goal."""
    yield titles("event, ms")
    with socket.create_server(("127.0.0.1", 0)) as origin:
        origin.settimeout(PATIENCE)
        url = f"http://127.0.0.1:{origin.getsockname()[1]}"
        for engine in ENGINES:
            config = {
                "engine": engine,
                "upstreams": {"default": {"url": url}},
                "defaults": EVERY_EVENT,
            }
            with Sidecar(config, folder / engine) as sidecar:
                for coding, undo in UNDO.items():
                    times = lock_step(origin, sidecar.port, coding, undo())
                    name, goal = f"{engine}, {coding}", f"max at most {SOON:g}"
                    yield said(name, times, goal, reached=max(times) * 1000 <= SOON)


def lock_step(
    origin: socket.socket, port: int, coding: str, undo: Undo, number: int = EVENTS
) -> list[float]:
    """Seconds that each event took to the client."""
    times = []
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        fields = f"Host: t\r\nAccept-Encoding: {coding}\r\nConnection: close\r\n"
        client.sendall(f"GET /events HTTP/1.1\r\n{fields}\r\n".encode())
        with _asked(origin) as upstream:
            upstream.sendall(HEAD)
            raw = b""
            while b"\r\n\r\n" not in raw:
                raw += client.recv(65_536)
            rest = raw.partition(b"\r\n\r\n")[2]
            for event in range(number):
                text = b"data: event %d\n\n" % event
                began = time.perf_counter()
                upstream.sendall(b"%x\r\n%b\r\n" % (len(text), text))
                found = b""
                while found != text:
                    piece, rest = _chunk(client, rest)
                    found += undo(piece)
                times.append(time.perf_counter() - began)
            upstream.sendall(b"0\r\n\r\n")
            while client.recv(65_536):
                pass
    return times


def _asked(origin: socket.socket) -> socket.socket:
    """The connection by which a request came."""
    while True:
        upstream, _ = origin.accept()
        upstream.settimeout(PATIENCE)
        upstream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # On a busy machine one may be given up before it was used.
        if upstream.recv(65_536):
            return upstream
        upstream.close()


def _chunk(client: socket.socket, raw: bytes) -> tuple[bytes, bytes]:
    """The next chunk, and what came behind it."""
    while True:
        size, end, rest = raw.partition(b"\r\n")
        if end and len(rest) >= int(size, 16) + 2:
            length = int(size, 16)
            return rest[:length], rest[length + 2 :]
        data = client.recv(65_536)
        if not data:
            raise ConnectionError("the stream ended")
        raw += data


def bombs(folder: Path) -> Iterator[str]:
    """Latency of the others while each hostile content is asked for."""
    yield titles("others, ms, while asked for")
    for engine in ENGINES:
        with Origin() as origin:
            small = reply(
                b"small", b"Content-Type: text/plain", b"Cache-Control: max-age=3600"
            )
            origin.script(b"/ok", small)
            config = {
                "engine": engine,
                "upstreams": {"default": {"url": origin.url}},
                "defaults": {
                    name: {}
                    for name in ("cache", "compression", "conditional", "fields")
                },
            }
            with Sidecar(config, folder / f"bombs-{engine}") as sidecar:
                times = measured_apart(sidecar.port, "/ok", RATE, SECONDS)
                yield said(f"{engine}, nothing", times, "", reached=True)
                for one in hostile():
                    origin.script(b"/", one.script)
                    times = meanwhile(sidecar.port, one)
                    p999 = quantile(times, 0.999) * 1000
                    goal = f"p99.9 at most {IN_TIME:g}"
                    yield said(f"{engine}, {one}", times, goal, reached=p999 <= IN_TIME)


def meanwhile(port: int, one: Hostile, seconds: float = SECONDS) -> list[float]:
    """Seconds that the others take while `CLIENTS` ask for `one`."""
    over = threading.Event()
    asking = [
        threading.Thread(target=_ask, args=(port, one, over)) for _ in range(CLIENTS)
    ]
    for thread in asking:
        thread.start()
    try:
        return measured_apart(port, "/ok", RATE, seconds)
    finally:
        over.set()
        for thread in asking:
            thread.join()


def _ask(port: int, one: Hostile, over: threading.Event) -> None:
    lines = [b"GET %b HTTP/1.1" % one.target, b"Host: t", b"Connection: close"]
    request = b"\r\n".join([*lines, *one.fields, b"", b""])
    while not over.is_set():
        # What a bomb breaks off is a connection that ends, too.
        with (
            contextlib.suppress(ConnectionError),
            socket.create_connection(("127.0.0.1", port), PATIENCE) as client,
        ):
            client.sendall(request)
            while client.recv(1 << 20):
                pass


PARTS = {"events": events, "bombs": bombs}


def main(names: list[str]) -> int:
    """Measure and print; the exit status says whether the goals are met."""
    missed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names or PARTS:
            for line in PARTS[name](Path(folder)):
                missed += line.endswith("MISSED")
                print(line, flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
