"""Work that gives way to all other."""

import asyncio
import os
import sys
import threading

import pytest

from sidecar.proxy.idle_thread import in_idle_thread


async def test_in_another_thread_that_nobody_waits_for():
    ident, daemon = await in_idle_thread(
        lambda: (threading.get_ident(), threading.current_thread().daemon)
    )
    assert ident != threading.get_ident()
    assert daemon


async def test_what_goes_wrong_comes_back():
    with pytest.raises(ValueError, match="invalid literal"):
        await in_idle_thread(int, "x")


@pytest.mark.skipif(sys.platform != "linux", reason="priorities of threads are Linux's")
async def test_it_has_a_lower_priority_and_nobody_else():
    before = os.getpriority(os.PRIO_PROCESS, 0)
    there = await in_idle_thread(
        lambda: os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    )
    assert there == min(before + 5, 19)
    assert os.getpriority(os.PRIO_PROCESS, 0) == before


async def test_who_does_not_wait_any_more_is_not_told():
    go, done = threading.Event(), threading.Event()

    def work():
        assert go.wait(30)
        done.set()

    task = asyncio.create_task(in_idle_thread(work))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go.set()
    assert await asyncio.to_thread(done.wait, 30)


def test_the_loop_may_end_before():
    go, done = threading.Event(), threading.Event()

    def work():
        assert go.wait(30)
        done.set()

    async def begin():
        task = asyncio.create_task(in_idle_thread(work))
        await asyncio.sleep(0)
        task.cancel()

    asyncio.run(begin())
    go.set()
    assert done.wait(30)
