"""Whatever the work does, the context is left after it."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from sidecar.proxy.within import within


class Room:
    def __init__(self):
        self.diary = []

    @asynccontextmanager
    async def entered(self):
        self.diary.append("in")
        try:
            yield
        finally:
            await asyncio.sleep(0)
            self.diary.append("out")

    async def work(self, fails=None):
        self.diary.append("work")
        if fails is not None:
            raise fails
        return 7


async def test_what_comes_of_it():
    room = Room()
    assert await within(room.entered(), room.work()) == 7
    assert room.diary == ["in", "work", "out"]


async def test_what_it_failed_with():
    room = Room()
    with pytest.raises(LookupError):
        await within(room.entered(), room.work(LookupError()))
    assert room.diary == ["in", "work", "out"]


async def test_cancelled():
    room = Room()
    task = asyncio.create_task(within(room.entered(), asyncio.Event().wait()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert room.diary == ["in", "out"]
