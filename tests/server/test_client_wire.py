"""Client wire: what both doors do with a connection, told with a bare subclass.

The stories of deadlines, lingering and ends are those of test_guard.py.
"""

import asyncio
import socket
from typing import Any

import pytest

from sidecar.errors import ClientGone
from sidecar.server.client_state import State
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.sockets import RESET
from tests.harness.source import from_source
from tests.server.wire import Watch, Wire, entrance, transport, until

# What is compiled has no subclasses that are not.
ClientWire: Any = from_source("sidecar.server.client_wire").ClientWire


class Bare(ClientWire):  # type: ignore[misc]
    def __init__(self, shared):
        super().__init__(shared, memoryview(bytearray(RECEIVE_BUFFER)))
        self.diary = []

    def _received(self, data):
        self.diary.append(f"received {data.decode()}")

    def _late(self):
        self.diary.append("late")

    def _closed(self, exc, *, was):
        self.diary.append(f"closed {was.name}")


def bare(wire=None):
    one = Bare(entrance(clock=Watch()))
    one.connection_made(transport(wire or Wire()))
    return one


def test_it_knows_who_is_there_and_holds_little_for_them():
    wire = Wire(("2001:db8::1", 1, 0, 0))
    one = bare(wire)
    assert (one.peer, one.state) == ("2001:db8::1", State.FRESH)
    assert wire.limits == (RECEIVE_BUFFER, 0)


def test_it_hands_up_what_came_and_how_it_ended():
    one = bare()
    one.get_buffer(-1)[:3] = b"abc"
    one.buffer_updated(3)
    one.connection_lost(None)
    assert one.diary == ["received abc", "closed FRESH"]


@pytest.mark.parametrize("state", [State.HEAD, State.BUSY])
def test_it_is_late_once(state):
    one = bare()
    one._enter(state, 3.0)
    one.entrance.clock.time += 3
    assert one.entrance.deadlines.sweep(one.entrance.clock.now()) == 1
    assert one.entrance.deadlines.sweep(one.entrance.clock.now()) == 0
    assert one.diary == ["late"]


def test_what_was_due_and_is_no_longer_is_left_alone():
    wire = Wire()
    one = bare(wire)
    one._await(50.0)
    one.expire(one.entrance.clock.now())
    assert wire.diary == []


async def test_nobody_writes_to_who_has_gone():
    one = bare()
    await one.drained()
    one.pause_writing()
    waiting = asyncio.ensure_future(one.drained())
    await asyncio.sleep(0)
    one.connection_lost(None)
    with pytest.raises(ClientGone):
        await waiting
    with pytest.raises(ClientGone):
        await one.drained()


async def test_an_aborted_connection_looks_aborted():
    """A closing end would make a body that ends with the connection look whole."""
    made = []

    def door():
        made.append(Bare(entrance()))
        return made[0]

    server = await asyncio.get_running_loop().create_server(door, "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname()[:2])
    await until(lambda: made and made[0].transport is not None)
    made[0].transport.write(b"some of it")
    assert await reader.readexactly(10) == b"some of it"
    made[0].abort()
    with pytest.raises(ConnectionResetError):
        await reader.read()
    writer.close()
    server.close()
    await until(lambda: made[0].state is State.CLOSED)


def test_reset_is_a_linger_of_no_seconds():
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        assert one.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8) == RESET
