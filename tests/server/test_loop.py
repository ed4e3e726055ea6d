"""Which event loop is turned."""

import asyncio
import socket
import sys

import pytest
import uvloop

from sidecar.server.loop import POLITE, loop_factory, once_looked


@pytest.fixture(autouse=True)
def interval():
    before = sys.getswitchinterval()
    yield
    sys.setswitchinterval(before)


def test_threads_beside_it_are_polite():
    loop_factory()
    assert sys.getswitchinterval() == pytest.approx(POLITE)


def test_uvloops():
    factory = loop_factory()
    assert factory is not None
    loop = factory()
    assert isinstance(loop, uvloop.Loop)
    loop.close()


def test_asyncios_where_there_is_none_and_that_is_said(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvloop", None)
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert isinstance(runner.get_loop(), asyncio.AbstractEventLoop)
    assert "uvloop is missing" in capsys.readouterr().err


@pytest.mark.parametrize("factory", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_what_is_here_comes_before_who_is_late(factory):
    async def scene():
        loop = asyncio.get_running_loop()
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        order, over = [], loop.create_future()

        async def read():
            await reader.readexactly(1)
            order.append("read")

        def due():
            theirs.send(b"x")
            once_looked(judge)

        def judge():
            order.append("judged")
            over.set_result(None)

        reading = asyncio.create_task(read())
        loop.call_later(0.01, due)
        await over
        await reading
        writer.close()
        theirs.close()
        return order

    with asyncio.Runner(loop_factory=factory) as runner:
        assert runner.run(scene()) == ["read", "judged"]
