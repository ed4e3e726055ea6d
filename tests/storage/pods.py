"""Links to a server, for tests: patient ones, where nothing is about time."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_link import RedisLink
from sidecar.units import Instant, Seconds

PATIENT: Seconds = 30.0
PREFIX = b"test:"


def now() -> Instant:
    return Instant(time.monotonic())


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
