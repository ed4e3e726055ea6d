"""Which event loop is turned."""

import asyncio
import sys

import uvloop

from sidecar.server.loop import loop_factory


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
