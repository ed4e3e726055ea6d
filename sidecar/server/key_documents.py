"""Key documents: fetched from who issues tokens, within bounds."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from sidecar.units import Bytes, Seconds

PATIENCE: Seconds = 5.0
LARGEST: Bytes = 256 << 10


@asynccontextmanager
async def fetching() -> AsyncIterator[Callable[[str], Awaitable[bytes]]]:
    """Yield what fetches the document at a URL.

    It raises OSError, TimeoutError or ValueError where there is none.
    """
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout) as session:

        async def fetch(url: str) -> bytes:
            try:
                return await _document(session, url)
            except aiohttp.ClientError as error:
                raise ValueError(type(error).__name__) from error

        yield fetch


async def _document(session: aiohttp.ClientSession, url: str) -> bytes:
    """What is there; a redirection is not followed, for keys are not to be led away."""
    async with session.get(url, allow_redirects=False) as answer:
        if answer.status != 200:  # noqa: PLR2004
            raise ValueError(f"status {answer.status}")
        document = await answer.content.read(LARGEST + 1)
        while len(document) <= LARGEST and (more := await answer.content.read(LARGEST)):
            document += more
    if len(document) > LARGEST:
        raise ValueError("it is too large")
    return document
