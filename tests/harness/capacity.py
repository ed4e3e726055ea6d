"""Capacity: a backend that can do so much and no more, and counts what is asked of it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Backend:
    """So many work at once, each for `takes` seconds; everybody else waits, for ever.

    `most` were asked for at once by whoever still wanted the answer.
    """

    def __init__(self, places: int, takes: float) -> None:
        self.takes = takes
        self.most = self.begun = 0
        self._inside: set[asyncio.StreamReader] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self._free = asyncio.Semaphore(places)

    def __call__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.create_task(self._answer(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                self._inside.add(reader)
                await self._count()
                async with self._free:
                    self.begun += 1
                    await asyncio.sleep(self.takes)
                self._inside.discard(reader)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            self._inside.discard(reader)
            writer.close()

    async def _count(self) -> None:
        # Ends that came with this request are heard of within a turn of the loop.
        for _ in range(2):
            await asyncio.sleep(0)
        wanted = [
            one for one in self._inside if not one.at_eof() and one.exception() is None
        ]
        self.most = max(self.most, len(wanted))


@asynccontextmanager
async def backend(places: int, takes: float) -> AsyncIterator[tuple[Backend, int]]:
    """It and its port, until the context ends."""
    made = Backend(places, takes)
    server = await asyncio.start_server(made, "127.0.0.1", 0, backlog=4096)
    try:
        yield made, server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in made.tasks:
            task.cancel()
        if made.tasks:
            await asyncio.wait(made.tasks)
