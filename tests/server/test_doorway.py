"""Listening sockets that look away, and come back."""

import asyncio
import errno
import socket
from functools import partial
from typing import Any, cast

import pytest

from sidecar.server.doorway import Doorway
from tests.server.wire import until


class Sockets:
    """Two doorways of one socket, as two workers have."""

    def __init__(self):
        self.accepted = [0, 0]
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.socket.setblocking(False)
        self.clients = []
        self.doors = [
            Doorway([self.socket.dup()], partial(self.connection, i)) for i in range(2)
        ]

    def connection(self, index):
        self.accepted[index] += 1
        return asyncio.Protocol()

    def connect(self):
        client = socket.create_connection(self.socket.getsockname())
        self.clients.append(client)

    def close(self):
        for one in (*self.doors, *self.clients, self.socket):
            one.close()


@pytest.fixture
async def sockets():
    found = Sockets()
    yield found
    found.close()
    await asyncio.sleep(0)


async def test_who_looks_away_leaves_it_to_the_other(sockets):
    first, second = sockets.doors
    await first.open()
    await second.open()
    for number in range(1, 6):
        first.look_away()
        assert first.is_open
        sockets.connect()
        await until(lambda n=number: sum(sockets.accepted) == n)
        await until(lambda: bool(first._servers))
    assert sockets.accepted == [0, 5]


async def test_alone_it_comes_back_and_nothing_is_lost(sockets):
    door = sockets.doors[0]
    await door.open()
    for _ in range(5):
        door.look_away()
        door.look_away()
        sockets.connect()
    await until(lambda: sockets.accepted[0] == 5)


async def test_closed_it_stays_closed(sockets):
    door = sockets.doors[0]
    await door.open()
    door.look_away()
    door.close()
    assert not door.is_open
    await until(lambda: door._returning is None)
    assert not door._servers
    door.look_away()
    assert door._returning is None


class Scarce:
    """A listening socket; there may be no descriptor to come back to it with."""

    def __init__(self, one):
        self.one = one
        self.faults = []
        self.close = one.close

    def dup(self):
        if self.faults:
            raise self.faults.pop()
        return self.one.dup()


async def test_where_there_is_no_descriptor_it_tries_again(sockets):
    scarce = Scarce(sockets.socket.dup())
    door = Doorway([cast("Any", scarce)], partial(sockets.connection, 0))
    await door.open()
    scarce.faults.append(OSError(errno.EMFILE, "Too many open files"))
    door.look_away()
    await until(lambda: bool(door._servers))
    assert not scarce.faults
    door.close()
