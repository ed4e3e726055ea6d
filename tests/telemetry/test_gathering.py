"""Gathering: once at a time, workers and host together."""

import asyncio
import threading

from sidecar.telemetry.families import CONNECTED
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.host_families import WORKER_CONNECTIONS, WORKERS


async def test_what_workers_and_host_say_is_one_snapshot():
    def worker():
        yield CONNECTED.name, (), 3
        yield WORKER_CONNECTIONS.name, (), 3

    gather = Gathering(alone([worker]), [lambda: [(WORKERS.name, (), 1)]])
    assert await gather() == {
        CONNECTED.name: {(): 3},
        WORKER_CONNECTIONS.name: {("1",): 3},
        WORKERS.name: {(): 1},
    }


async def test_the_host_is_read_in_a_thread():
    threads = []

    def host():
        threads.append(threading.current_thread())
        return []

    await Gathering(alone([]), [host])()
    assert threads != [threading.main_thread()]


async def test_one_at_a_time():
    diary = []
    go = asyncio.Event()

    async def workers():
        diary.append("begins")
        await go.wait()
        diary.append("ends")
        return {}

    gather = Gathering(workers, [])
    both = asyncio.gather(gather(), gather())
    while not diary:
        await asyncio.sleep(0)
    go.set()
    await both
    assert diary == ["begins", "ends"] * 2
