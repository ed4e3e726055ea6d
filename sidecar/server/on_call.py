"""On call: the health and the admin listener, which get ready when somebody calls.

What serves them, aiohttp first of all, is a fifth of a worker's memory and of its
start. It is loaded in a thread when the first connection comes, which waits meanwhile.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from socket import socket

from sidecar.server.listeners import Opened, listen
from sidecar.server.sight import Sight

# Of probes, scrapers and people, until the first of them is answered.
BACKLOG = 128

Serve = Callable[[Sight, socket], AbstractAsyncContextManager[None]]
"""Serves what is seen on a bound socket, for as long as the context lasts."""


@asynccontextmanager
async def on_call(sight: Sight, opened: Opened) -> AsyncIterator[None]:
    """Both listeners, for as long as the context lasts."""
    async with AsyncExitStack() as stack:
        for load, one in ((_health, opened.health), (_admin, opened.admin)):
            listener = OnCall(load, sight, one)
            stack.push_async_callback(listener.close)
            listener.listen()
        yield


class OnCall:
    """`load` is called in a thread, and imports what it takes to serve."""

    def __init__(self, load: Callable[[], Serve], sight: Sight, one: socket) -> None:
        self._load = load
        self._sight = sight
        self._socket = one
        self._answering: asyncio.Task[None] | None = None
        self._served = AsyncExitStack()

    def listen(self) -> None:
        listen(self._socket, BACKLOG)
        asyncio.get_running_loop().add_reader(self._socket, self._called)

    async def close(self) -> None:
        if self._answering is None:
            asyncio.get_running_loop().remove_reader(self._socket)
        else:
            await asyncio.wait([self._answering])
        await self._served.aclose()
        self._socket.close()

    def _called(self) -> None:
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._socket)
        self._answering = loop.create_task(self._answer())
        self._answering.add_done_callback(_answered)

    async def _answer(self) -> None:
        serve = await asyncio.to_thread(self._load)
        await self._served.enter_async_context(serve(self._sight, self._socket))


def _answered(answering: asyncio.Task[None]) -> None:
    """Say what went wrong: nobody waits for it."""
    if not answering.cancelled() and (error := answering.exception()):
        answering.get_loop().call_exception_handler(
            {"message": "a listener does not serve", "exception": error}
        )


def _health() -> Serve:
    from sidecar.admin.runner import serving  # noqa: PLC0415 - loads aiohttp
    from sidecar.server.insight import health  # noqa: PLC0415

    return lambda sight, one: serving(health(sight), one)


def _admin() -> Serve:
    from sidecar.admin.runner import serving  # noqa: PLC0415 - loads aiohttp
    from sidecar.server.control import admin  # noqa: PLC0415

    return lambda sight, one: serving(admin(sight), one)
