"""Threads for what would hold up the loop."""

import asyncio
import threading

import pytest

from sidecar.proxy.workshop import Workshop


async def test_work_is_done_in_another_thread():
    shop = Workshop()
    assert await shop.run(threading.get_ident) != threading.get_ident()
    shop.close()


async def test_what_goes_wrong_comes_back():
    shop = Workshop()
    with pytest.raises(ValueError, match="invalid literal"):
        await shop.run(int, "x")
    assert shop.has_room
    shop.close()


async def test_where_no_thread_can_be_had_work_is_done_here():
    shop, here = Workshop(), threading.get_ident()
    before = threading.stack_size(1 << 46)  # more than there is of addresses
    try:
        assert await shop.run(threading.get_ident) == here
        assert await shop.run_alone(threading.get_ident) == here
    finally:
        threading.stack_size(before)
    assert await shop.run(threading.get_ident) != here
    shop.close()


async def test_room_is_bounded():
    shop, go = Workshop(threads=1, most=2), threading.Event()
    tasks = [asyncio.create_task(shop.run(go.wait, 5)) for _ in range(2)]
    await asyncio.sleep(0)
    assert not shop.has_room
    go.set()
    assert await asyncio.gather(*tasks) == [True, True]
    assert shop.has_room
    shop.close()


async def test_the_loop_goes_on():
    shop, go = Workshop(), threading.Event()
    task = asyncio.create_task(shop.run(go.wait, 5))
    for _ in range(3):
        await asyncio.sleep(0)
    assert not task.done()
    go.set()
    assert await task
    shop.close()


async def test_alone_is_one_at_a_time():
    shop, go, at_work = Workshop(), threading.Event(), []

    def work(number):
        at_work.append(number)
        assert go.wait(30)

    tasks = [asyncio.create_task(shop.run_alone(work, n)) for n in range(3)]
    while not at_work:
        await asyncio.sleep(0)
    others = await shop.run(threading.get_ident)
    assert others != threading.get_ident()
    assert at_work == [0]
    go.set()
    await asyncio.gather(*tasks)
    assert at_work == [0, 1, 2]
    assert shop.has_room
    shop.close()
