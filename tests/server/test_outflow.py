"""Taking a little is not stalling; taking nothing is."""

import asyncio

import pytest

from sidecar.errors import ClientGone
from sidecar.server.outflow import Outflow
from tests.server.wire import Watch, Wire, transport


def flow():
    clock, wire = Watch(), Wire()
    outflow = Outflow(clock, patience=30.0)
    outflow.connect(transport(wire), 100)
    return outflow, clock, wire


def test_it_is_due_only_while_the_buffer_is_full():
    outflow, clock, wire = flow()
    assert wire.limits == (100, 0)
    assert not outflow.blocked
    wire.buffered = 150
    outflow.pause()
    assert outflow.blocked
    assert outflow.due == clock.time + 30
    outflow.resume()
    assert not outflow.blocked


@pytest.mark.parametrize(
    ("rule", "left", "stalled"),
    [
        ("nothing was taken", 150, True),
        ("more came", 160, True),
        ("a byte was", 149, False),
    ],
)
def test_a_stall(rule, left, stalled):
    outflow, clock, wire = flow()
    wire.buffered = 150
    outflow.pause()
    clock.time += 30
    wire.buffered = left
    assert outflow.is_stalled() is stalled
    if not stalled:
        assert outflow.due == clock.time + 30


async def test_who_writes_waits_until_it_is_taken():
    outflow, *_ = flow()
    await outflow.drained()
    outflow.pause()
    waiting = asyncio.ensure_future(outflow.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    outflow.resume()
    await waiting


async def test_who_writes_learns_that_nobody_is_left():
    outflow, *_ = flow()
    outflow.pause()
    waiting = asyncio.ensure_future(outflow.drained())
    await asyncio.sleep(0)
    outflow.lost()
    with pytest.raises(ClientGone):
        await waiting


@pytest.mark.parametrize("end", ["resume", "lost"])
async def test_who_waits_no_more_is_not_told(end):
    outflow, *_ = flow()
    outflow.pause()
    waiting = asyncio.ensure_future(outflow.drained())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.sleep(0)
    getattr(outflow, end)()
    assert waiting.cancelled()
