"""The connection in memory behaves as one of TCP, where that matters."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest

from tests.differential.memory import RECEIVED, Memory
from tests.differential.quiet_loop import QuietLoop


class End(asyncio.Protocol):
    def __init__(self) -> None:
        self.diary: list[str] = []
        self.size = 0

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        self.diary.append(f"data {len(data)}")

    def eof_received(self) -> bool:
        self.diary.append("eof")
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        self.diary.append("lost" if exc is None else type(exc).__name__)

    def pause_writing(self) -> None:
        self.diary.append("pause")

    def resume_writing(self) -> None:
        self.diary.append("resume")


class Pair:
    def __init__(self, loop: QuietLoop) -> None:
        self.one, self.two = Memory.pair(loop, "one", "two")
        self.first, self.second = End(), End()
        self.one.begin(self.first)
        self.two.begin(self.second)
        self.quiet = loop.quiet


Script = Callable[[Pair], Coroutine[Any, Any, None]]


@pytest.fixture
def play() -> Iterator[Callable[[Script], Pair]]:
    loop = QuietLoop()

    def run(script: Script) -> Pair:
        async def played() -> Pair:
            pair = Pair(loop)
            await script(pair)
            await loop.quiet()
            return pair

        return loop.run_until_complete(played())

    yield run
    loop.close()


def test_bytes_then_the_end(play):
    async def script(pair: Pair) -> None:
        pair.one.write(b"a")
        pair.one.write(b"bc")
        pair.one.close()

    pair = play(script)
    assert pair.second.diary == ["data 3", "eof"]
    assert pair.first.diary == ["lost"]


def test_a_half_closed_one_still_receives(play):
    async def script(pair: Pair) -> None:
        pair.one.write_eof()
        await pair.quiet()
        pair.two.write(b"late")

    pair = play(script)
    assert (pair.first.diary, pair.second.diary) == (["data 4"], ["eof"])


def test_who_does_not_read_holds_back(play):
    async def script(pair: Pair) -> None:
        pair.two.pause_reading()
        pair.one.write(b"v" * RECEIVED * 3)
        await pair.quiet()
        assert pair.first.diary == ["pause"]
        assert pair.one.get_write_buffer_size() == RECEIVED * 2
        pair.two.resume_reading()

    pair = play(script)
    assert pair.first.diary == ["pause", "resume"]
    assert pair.second.size == RECEIVED * 3


def test_what_was_not_read_makes_a_close_a_reset(play):
    async def script(pair: Pair) -> None:
        pair.two.pause_reading()
        pair.one.write(b"unread")
        pair.two.close()

    assert play(script).first.diary == ["ConnectionResetError"]


def test_what_came_before_a_reset_is_read(play):
    async def script(pair: Pair) -> None:
        pair.one.write(b"abc")
        pair.one.resets = True
        pair.one.abort()

    assert play(script).second.diary == ["data 3", "ConnectionResetError"]


def test_writing_to_one_that_is_closed_is_answered_by_a_reset(play):
    async def script(pair: Pair) -> None:
        pair.two.close()
        await pair.quiet()
        pair.one.write(b"late")

    assert play(script).first.diary == ["eof", "ConnectionResetError"]


def test_closing_waits_for_what_was_not_sent(play):
    async def script(pair: Pair) -> None:
        pair.two.pause_reading()
        pair.one.write(b"v" * RECEIVED * 2)
        pair.one.close()
        await pair.quiet()
        assert "lost" not in pair.first.diary
        pair.two.resume_reading()

    pair = play(script)
    assert pair.second.size == RECEIVED * 2
    assert pair.first.diary[-1] == "lost"


def test_a_loop_in_which_everything_waits_says_so(play):
    async def script(_: Pair) -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(RuntimeError, match="everything waits"):
        play(script)
