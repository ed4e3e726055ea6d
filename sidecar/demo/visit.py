"""Visit: the demo's requests, each made direct and through the sidecar."""

import io
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from aiohttp import ClientError, ClientResponse, ClientSession, ClientTimeout

from sidecar.units import Bytes, Seconds

PATIENCE: Final = ClientTimeout(total=4.0)
"""How long the demo's client waits for what hangs."""
UPLOAD: Final = bytes(2 * 1024 * 1024)
PROBLEM: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Seen:
    """What one client saw of one request."""

    outcome: str
    seconds: Seconds
    size: Bytes = 0
    fields: frozenset[str] = frozenset()
    problem: str | None = None
    """The `code` of a problem document."""


@dataclass(frozen=True, slots=True)
class Row:
    label: str
    direct: Seen
    through: Seen


Ask: TypeAlias = Callable[[ClientSession, str], Awaitable[Seen]]


async def _timed(ask: Ask, session: ClientSession, base: str) -> Seen:
    started = time.monotonic()
    try:
        return await ask(session, base)
    except TimeoutError:
        return Seen("no answer", time.monotonic() - started)
    except (ClientError, ConnectionError):
        return Seen("dropped", time.monotonic() - started)


def _request(method: str, path: str, content: bytes = b"") -> Ask:
    async def ask(session: ClientSession, base: str) -> Seen:
        started = time.monotonic()
        body = io.BytesIO(content) if content else None
        async with session.request(method, base + path, data=body) as response:
            return await _seen(response, started)

    return ask


async def _seen(response: ClientResponse, started: float) -> Seen:
    answer = await response.read()
    problem = None
    if response.content_type == PROBLEM:
        problem = str((await response.json(content_type=PROBLEM)).get("code"))
    return Seen(
        str(response.status),
        time.monotonic() - started,
        len(answer),
        frozenset(name.lower() for name in response.headers),
        problem,
    )


def _again(path: str) -> Ask:
    """Ask for what was asked for before, as a browser does that has kept it."""

    async def ask(session: ClientSession, base: str) -> Seen:
        async with session.get(base + path) as first:
            await first.read()
            tag = first.headers.get("ETag", "")
        known = {"If-None-Match": tag} if tag else {}
        started = time.monotonic()
        async with session.get(base + path, headers=known) as response:
            return await _seen(response, started)

    return ask


async def _first_event(session: ClientSession, base: str) -> Seen:
    started = time.monotonic()
    async with session.get(base + "/clock") as response:
        event = await response.content.readuntil(b"\n\n")
        return Seen(
            str(response.status),
            time.monotonic() - started,
            len(event),
            frozenset(name.lower() for name in response.headers),
        )


async def _echo(session: ClientSession, base: str) -> Seen:
    started = time.monotonic()
    async with session.ws_connect(base + "/echo") as socket:
        await socket.send_str("hello")
        answer = await socket.receive_str()
        return Seen("101", time.monotonic() - started, len(answer))


ASKED: Final[tuple[tuple[str, Ask], ...]] = (
    ("GET /api/products", _request("GET", "/api/products")),
    ("… asked once more", _request("GET", "/api/products")),
    ("GET /api/export", _request("GET", "/api/export")),
    ("… by who has kept it", _again("/api/export")),
    ("POST /api/orders", _request("POST", "/api/orders", b"{}")),
    ("POST /api/orders", _request("POST", "/api/orders", b"{}")),
    ("POST /api/orders", _request("POST", "/api/orders", b"{}")),
    ("GET /reports/annual", _request("GET", "/reports/annual")),
    ("POST /upload (2 MiB)", _request("POST", "/upload", UPLOAD)),
    ("GET /clock, first event", _first_event),
    ("WebSocket /echo", _echo),
)


async def visit(direct: str, through: str) -> list[Row]:
    """Ask everything of both, one after the other."""
    async with ClientSession(timeout=PATIENCE, auto_decompress=False) as session:
        seen = [
            [await _timed(ask, session, base) for _, ask in ASKED]
            for base in (direct, through)
        ]
    return [
        Row(label, first, second)
        for (label, _), first, second in zip(ASKED, *seen, strict=True)
    ]
