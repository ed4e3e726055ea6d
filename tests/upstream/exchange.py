"""Exchange: what tests ask of an upstream, in one line each."""

import asyncio
from collections.abc import Callable

from sidecar.semantics.message import ResponseHead
from sidecar.units import Instant, Seconds
from sidecar.upstream.connection import Connection
from sidecar.upstream.upstream import Upstream

SOON: Seconds = 30.0


def soon(seconds: Seconds = SOON) -> Instant:
    return Instant(asyncio.get_running_loop().time() + seconds)


async def until(condition: Callable[[], object], seconds: Seconds = SOON) -> None:
    """Return when the condition holds."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.002)


async def taken(upstream: Upstream, *, fresh: bool = False) -> Connection:
    return await upstream.acquire(connect=SOON, due=soon(), fresh=fresh)


def request(method: str = "GET", target: str = "/", body: bytes = b"") -> bytes:
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    return f"{method} {target} HTTP/1.1\r\nHost: a\r\n{length}\r\n".encode() + body


def send(connection: Connection, method: str = "GET", target: str = "/") -> None:
    connection.send(method.encode(), request(method, target))
    connection.request_done()


async def body(connection: Connection, silence: Seconds = SOON) -> bytes:
    parts = []
    while part := await connection.read(silence):
        parts.append(part)
    return b"".join(parts)


async def ask(
    connection: Connection, method: str = "GET", target: str = "/"
) -> tuple[ResponseHead, bytes]:
    """One whole exchange, up to the end of the body."""
    send(connection, method, target)
    head = await connection.response(soon())
    return head, await body(connection)


async def get(upstream: Upstream, target: str = "/") -> tuple[int, bytes]:
    """Take a connection, ask, and give it back."""
    connection = upstream.idle() or await taken(upstream)
    try:
        head, content = await ask(connection, target=target)
        connection.release()
    finally:
        connection.discard()
    return head.status, content
