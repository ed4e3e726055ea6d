"""On call: the admin listener, which gets ready when somebody calls.

What serves it, aiohttp first of all, would be a fifth of a worker's memory and of its
start. It is loaded in a thread when the first connection comes, which waits meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from socket import socket

from sidecar.server.administered import Administered
from sidecar.server.listeners import listen
from sidecar.units import Seconds

BACKLOG = 128
# After a failure: there was no descriptor, or no thread, to load anything with.
AGAIN: Seconds = 1.0

Serve = Callable[[Administered, socket], AbstractAsyncContextManager[None]]
"""Serves what is seen on a bound socket, for as long as the context lasts."""


@asynccontextmanager
async def on_call(
    load: Callable[[], Serve], seen: Administered, one: socket
) -> AsyncIterator[None]:
    """Be there for who calls, for as long as the context lasts; `load` imports."""
    listen(one, BACKLOG)
    serving = asyncio.get_running_loop().create_task(_served(load, seen, one))
    try:
        yield
    finally:
        serving.cancel()
        await asyncio.wait([serving])
        one.close()


def admin() -> Serve:
    from sidecar.admin.runner import serving  # noqa: PLC0415 - loads aiohttp
    from sidecar.server.control import admin as app  # noqa: PLC0415

    return lambda seen, one: serving(app(seen), one)


async def _served(load: Callable[[], Serve], seen: Administered, one: socket) -> None:
    """Wait for a call, and serve until cancelled."""
    await _called(one)
    async with AsyncExitStack() as stack:
        while True:
            try:
                serve = await asyncio.to_thread(load)
                await stack.enter_async_context(serve(seen, one))
                break
            # Nobody waits for this task; who calls waits for what it does.
            except Exception as error:  # noqa: BLE001
                asyncio.get_running_loop().call_exception_handler(
                    {"message": "a listener does not serve yet", "exception": error}
                )
                await asyncio.sleep(AGAIN)
        await asyncio.Event().wait()


async def _called(one: socket) -> None:
    loop = asyncio.get_running_loop()
    called = asyncio.Event()
    loop.add_reader(one, called.set)
    try:
        await called.wait()
    finally:
        loop.remove_reader(one)
