"""Links to a server, for tests: patient ones, where nothing is about time."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_link import RedisLink
from sidecar.units import Instant, Seconds

PATIENT: Seconds = 30.0
PREFIX = b"test:"
_COMMAND = re.compile(rb"\*\d+\r\n\$")


def now() -> Instant:
    return Instant(time.monotonic())


@asynccontextmanager
async def babbling(reply: bytes) -> AsyncIterator[str]:
    """The URL of a server that says the same to every command."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1 << 16):
            writer.write((reply + b"\r\n") * len(_COMMAND.findall(data)))
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        yield f"redis://127.0.0.1:{port}"


@asynccontextmanager
async def linked(
    url: str,
    timeout: Seconds = PATIENT,
    notice: Callable[[str], None] = lambda _reason: None,
) -> AsyncIterator[RedisLink]:
    link = RedisLink(redis_client(url, timeout), timeout, now, notice=notice)
    try:
        yield link
    finally:
        await link.close()
