import asyncio

from sidecar.proxy.tasks import Tasks


async def test_they_are_held_until_they_end():
    tasks, done = Tasks(), asyncio.Event()

    async def work():
        await asyncio.sleep(0)
        done.set()

    assert tasks.start(work())
    assert len(tasks) == 1
    await done.wait()
    await asyncio.sleep(0)
    assert len(tasks) == 0


async def test_their_number_is_bounded():
    tasks, go = Tasks(1), asyncio.Event()

    async def work():
        await go.wait()

    assert tasks.start(work())
    assert not tasks.start(work())
    go.set()
