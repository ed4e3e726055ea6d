"""Children: the demo's two processes, started, awaited, and ended again.

Each is in a session of its own, so that Ctrl-C reaches the demo alone and the
order of ending is ours. Ready is a line on standard error.
"""

import asyncio
import socket
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final

HOST: Final = "127.0.0.1"
START_LIMIT: Final = 20.0  # seconds; a cold start on a busy machine takes three
STOP_LIMIT: Final = 5.0
KEPT_LINES: Final = 20


class StartFailed(Exception):
    """A child ended, or stayed silent, before it was ready."""


def port_or_any(preferred: int) -> int:
    """`preferred` where it can be listened on, else 0: any that is free."""
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, preferred))
        return preferred
    return 0


async def _wait_for(prefix: bytes, lines: asyncio.StreamReader) -> str:
    said: deque[str] = deque(maxlen=KEPT_LINES)
    try:
        async with asyncio.timeout(START_LIMIT):
            async for line in lines:
                text = line.decode(errors="replace")
                if line.startswith(prefix):
                    return text
                said.append(text)
    except TimeoutError:
        said.append(f"not ready after {START_LIMIT:.0f} s\n")
    raise StartFailed("".join(said) or "it ended without a word\n")


async def _ignore(lines: asyncio.StreamReader) -> None:
    """Read on, so that the child never waits for a full pipe."""
    while await lines.read(65536):
        pass


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        async with asyncio.timeout(STOP_LIMIT):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def child(
    command: Sequence[str], ready: bytes, output: Path
) -> AsyncIterator[str]:
    """`command` as a process, and the line that began with `ready`.

    Its standard output goes to `output`.

    Raises:
        StartFailed: with what it said instead.
    """
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=file,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    lines = process.stderr or asyncio.StreamReader()
    rest: asyncio.Task[None] | None = None
    try:
        line = await _wait_for(ready, lines)
        rest = asyncio.create_task(_ignore(lines))
        yield line
    finally:
        await _end(process)
        if rest is not None:
            rest.cancel()
