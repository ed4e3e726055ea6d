"""One process that serves: how it starts, reloads and ends."""

import asyncio
import signal
from contextlib import AsyncExitStack
from typing import Any, cast

import pytest

from sidecar.config.load import load
from sidecar.config.watch import Watch
from sidecar.server import alone
from sidecar.server.instruments import instruments
from sidecar.server.launch import Launch
from sidecar.server.listeners import Opened
from sidecar.server.reloads import Result
from sidecar.server.worker import Worker
from tests.harness.sidecar import Sidecar
from tests.server.threadless import Threadless
from tests.server.wire import until


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_is_ready_and_ends_well(tmp_path, number):
    config = {
        "upstreams": {"default": {"url": "http://127.0.0.1:9"}},
        "shutdown": {"grace": "0s"},
    }
    with Sidecar(config, tmp_path) as sidecar:
        assert min(sidecar.port, sidecar.health, sidecar.admin) > 0
        sidecar.signal(number)
        assert sidecar.wait() == 0
        assert sidecar.stderr.count("sidecar ready on ") == 1


class Alone(alone.Alone):
    """One that serves nobody, on a file that the test writes."""

    def __init__(self, file):
        self.file = file
        self.write("")
        loaded = self.read()
        self.instruments = instruments(loaded.config)
        worker = Worker(loaded, self.instruments, b"sidecar-1")
        launch = Launch(
            loaded, self.read, Watch(file), Opened((), cast("Any", 0), cast("Any", 0))
        )
        super().__init__(worker, launch, self.instruments.log)
        self.reads = 0

    def read(self):
        self.reads = getattr(self, "reads", 0) + 1
        return load(self.file, environ={})

    def write(self, text):
        self.file.write_text(
            "upstreams: {default: {url: 'http://127.0.0.1:9'}}\n" + text
        )


@pytest.fixture
async def idle(tmp_path, preserved_logging):
    sidecar = Alone(tmp_path / "sidecar.yaml")
    yield sidecar
    sidecar.instruments.close()
    if sidecar._worker._knocking is not None:
        sidecar._worker._knocking.cancel()


async def test_the_first_signal_ends_and_the_second_hurries(idle):
    idle.signalled(signal.SIGTERM)
    assert await idle.stop is signal.SIGTERM
    assert not idle._worker.drain._hurry.is_set()
    idle.signalled(signal.SIGTERM)
    assert idle._worker.drain._hurry.is_set()


async def test_a_reload(idle):
    told = []
    idle.on_reload.append(told.append)
    idle.write("limits: {fields: 7}\nworkers: 3\n")
    outcome = await idle.reload()
    assert (outcome.result, outcome.generation) == (Result.SUCCESS, 2)
    assert outcome.needs_restart == ("workers",)
    assert idle.loaded.config.limits.fields == 7
    assert told == [idle.loaded]
    assert idle.reloads.last == outcome


async def test_a_file_with_mistakes_changes_nothing(idle):
    before = idle.loaded
    idle.write("limits: {fields: many}\n")
    outcome = await idle.reload()
    assert outcome.result is Result.INVALID
    assert len(outcome.mistakes) == 1
    assert idle.loaded is before
    assert not idle.reloads.successful


async def test_one_that_cannot_be_served_by_changes_nothing(idle):
    before = idle.loaded
    idle.file.write_text(
        "upstreams: {default: {url: 'https://127.0.0.1', tls: {ca: /none.pem}}}\n"
    )
    outcome = await idle.reload()
    assert outcome.result is Result.FAILED
    assert "No such file" in outcome.why
    assert idle.loaded is before


async def test_one_at_a_time_however_many_ask(idle):
    idle.reads = 0
    outcomes = await asyncio.gather(*(idle.reload() for _ in range(100)))
    assert idle.reads <= 2
    assert {one.result for one in outcomes} == {Result.SUCCESS}


async def test_a_file_that_changed_is_read(idle):
    async with AsyncExitStack() as stack:
        watching = asyncio.create_task(idle._watched())
        stack.callback(watching.cancel)
        idle.write("limits: {fields: 7}\n")
        await until(lambda: idle.loaded.config.limits.fields == 7)


async def test_without_a_thread_a_reload_fails_and_the_next_one_does_not(idle):
    asyncio.get_running_loop().set_default_executor(Threadless())
    outcome = await idle.reload()
    assert (outcome.result, outcome.why) == (Result.FAILED, "RuntimeError")
    assert (await idle.reload()).result is Result.SUCCESS


async def test_without_a_thread_the_file_is_looked_at_later(idle):
    threads = Threadless()
    asyncio.get_running_loop().set_default_executor(threads)
    async with AsyncExitStack() as stack:
        watching = asyncio.create_task(idle._watched())
        stack.callback(watching.cancel)
        await until(lambda: bool(threads.refused))
        idle.write("limits: {fields: 7}\n")
        await until(lambda: idle.loaded.config.limits.fields == 7)


async def test_numbers_tell_of_reloads(idle):
    await idle.reload()
    snapshot = await idle.gather()
    assert snapshot["sidecar_config_generation"] == {(): 2}
    assert snapshot["sidecar_config_reloads_total"]["success",] == 1
    assert snapshot["sidecar_workers"] == {(): 1}
