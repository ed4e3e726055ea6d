"""Which event loop is turned."""

import asyncio
import sys

import pytest
import uvloop

from sidecar.server.loop import POLITE, loop_factory


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
