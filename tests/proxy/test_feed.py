import asyncio

import pytest

from sidecar.errors import ResponseIncomplete
from sidecar.proxy.feed import PIECE, WINDOW, Feed
from tests.proxy.script import response

HEAD = response()


async def read_all(reader):
    data = reader.take()
    while not reader.ended:
        data += await reader.read(1.0)
    reader.release()
    return data


async def fill(feed, *pieces):
    for piece in pieces:
        await feed.put(piece)
        await asyncio.sleep(0)
    feed.end()


async def test_all_read_the_same_whenever_they_come():
    feed = Feed(HEAD, 100)
    early = asyncio.create_task(read_all(feed.reader()))
    await feed.put(b"ab")
    late = asyncio.create_task(read_all(feed.reader()))
    await fill(feed, b"", b"cd", b"e")
    for reading in (early, late, read_all(feed.reader())):
        assert await reading == b"abcde"
    assert feed.content == b"abcde"


async def test_what_is_complete_is_whole_for_who_has_read_nothing():
    feed = Feed(HEAD, 100)
    reader = feed.reader()
    assert reader.whole() is None
    await fill(feed, b"ab")
    assert reader.whole() is HEAD
    assert reader.take() == b"ab"
    assert reader.whole() is None


async def test_one_that_breaks_off_fails_its_readers_after_what_there_was():
    feed = Feed(HEAD, 100)
    reader = feed.reader()
    await feed.put(b"ab")
    waiting = asyncio.create_task(read_all(reader))
    await asyncio.sleep(0)
    feed.fail(ResponseIncomplete())
    with pytest.raises(ResponseIncomplete):
        await waiting


async def test_late_readers_get_it_in_pieces():
    feed = Feed(HEAD, 10 * PIECE)
    await fill(feed, *[b"x" * (PIECE // 2)] * 6)
    reader = feed.reader()
    assert len(reader.take()) == PIECE
    assert len(await reader.read(1.0)) == PIECE


async def test_what_grows_too_large_is_not_kept():
    feed = Feed(HEAD, 10)
    reader = feed.reader()
    await feed.put(b"x" * 8)
    assert feed.is_whole
    await feed.put(b"y" * 8)
    assert not feed.is_whole
    assert reader.take() == b"x" * 8 + b"y" * 8
    await feed.put(b"z")
    assert feed.content == b"z"
    assert feed.is_wanted
    reader.release()
    assert not feed.is_wanted
    await feed.put(b"nobody")
    assert feed.content == b""


async def test_the_slowest_reader_holds_back_what_is_too_large():
    feed = Feed(HEAD, 10)
    slow, fast = feed.reader(), feed.reader()
    filling = asyncio.create_task(fill(feed, *[b"x" * (WINDOW // 2)] * 6))
    for _ in range(20):
        await asyncio.sleep(0)
        fast.take()
    assert not filling.done()
    size = len(slow.take())
    while not slow.ended:
        size += len(await slow.read(1.0))
        fast.take()
    assert size == 3 * WINDOW
    await filling


async def test_a_reader_that_leaves_holds_back_nobody():
    feed = Feed(HEAD, 10)
    slow = feed.reader()
    filling = asyncio.create_task(fill(feed, *[b"x" * (WINDOW // 2)] * 6))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not filling.done()
    slow.discard()
    await filling


async def test_a_nudge_ends_one_wait():
    feed = Feed(HEAD, 100)
    reader = feed.reader()
    waiting = asyncio.create_task(reader.read(1.0))
    await asyncio.sleep(0)
    reader.hurry()
    assert await waiting == b""
    await feed.put(b"ab")
    assert await reader.read(1.0) == b"ab"
