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
