"""Messages over a socket pair, however they are cut."""

import asyncio
import selectors
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.server.link import PATIENCE, ChildLink, Link, Unpacking, packed
from sidecar.server.messages import Ask, Failed, Ready
from tests.server.wire import until

MESSAGES = [Ready(), Failed("x" * 1000), Ask(1, "slow", {"a": 1})]


@given(cuts=st.lists(st.integers(min_value=1, max_value=60), max_size=30))
def test_any_cut_delivers_the_same(cuts):
    data = b"".join(map(packed, MESSAGES))
    unpacking, found = Unpacking(), []
    for cut in [*cuts, len(data)]:
        piece, data = data[:cut], data[cut:]
        found += unpacking.feed(piece)
    assert found == MESSAGES


class Parent:
    """The parent's end, turned by hand."""

    def __init__(self):
        ours, self.theirs = socket.socketpair()
        self.selector = selectors.DefaultSelector()
        self.told = []
        self.lost = 0
        self.link = Link(ours, self.selector, self.told.append, self.end)

    def end(self):
        self.lost += 1

    def turn(self):
        for key, events in self.selector.select(0):
            key.data(events)

    def close(self):
        self.link.close()
        self.selector.close()
        self.theirs.close()


@pytest.fixture
def parent():
    found = Parent()
    yield found
    found.close()


async def test_both_ways(parent):
    told = []
    child = await ChildLink.over(parent.theirs, told.append, lambda: told.append("end"))
    child.send(MESSAGES[1])
    parent.link.send(MESSAGES[2])
    await until(lambda: told == [MESSAGES[2]])
    await until(lambda: parent.turn() or parent.told == [MESSAGES[1]])
    parent.link.close()
    await until(lambda: told[-1] == "end")
    child.send(Ready())
    await child.close()


async def test_the_last_word_is_heard(parent):
    child = await ChildLink.over(parent.theirs, print, lambda: None)
    for _ in range(100):
        child.send(Failed("y" * 10_000))
    closing = asyncio.create_task(child.close())
    await until(lambda: parent.turn() or parent.lost == 1)
    await closing
    assert len(parent.told) == 100


def test_what_is_left_of_a_dead_child_is_drained(parent):
    parent.theirs.send(b"".join(map(packed, MESSAGES)))
    parent.theirs.close()
    parent.link.drain()
    assert parent.told == MESSAGES
    assert parent.lost == 1
    parent.link.send(Ready())


def test_a_child_that_does_not_read_costs_a_bounded_amount(parent):
    for _ in range(2 * PATIENCE >> 20):
        parent.link.send(Failed("z" * (1 << 20)))
    assert PATIENCE <= len(parent.link._waiting) < PATIENCE + (2 << 20)
    assert parent.selector.get_key(parent.link).events & selectors.EVENT_WRITE


def test_one_that_reads_again_gets_what_waited(parent):
    for _ in range(100):
        parent.link.send(Failed("z" * 10_000))
    parent.theirs.setblocking(False)
    unpacking, found = Unpacking(), []
    while len(found) < 100:
        found += unpacking.feed(parent.theirs.recv(1 << 20))
        parent.turn()
    parent.turn()
    assert parent.selector.get_key(parent.link).events == selectors.EVENT_READ


def test_a_child_that_is_gone_is_not_written_to(parent):
    parent.theirs.close()
    parent.link.send(Ready())
    parent.turn()
    assert parent.lost == 1
