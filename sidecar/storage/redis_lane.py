"""Redis lane: what is said to the server in one turn of the loop goes out as one.

A call alone costs three times what it costs as one of many. So calls are collected
until the loop has run what was ready, and each turn is one pipeline with one
deadline, which counts from the first of its calls. What cannot be asked in time is
`Unreachable`, for whoever asked: an answer that comes later is thrown away with its
connection.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from redis.exceptions import NoScriptError, RedisError

from sidecar.storage.redis_client import Client
from sidecar.storage.remote import Unreachable
from sidecar.units import Bytes, Seconds

Word = bytes | str | int | float
Reply = Any
"""What a command answers with: bytes, a number, a list, or nothing."""

# Calls that wait for their turn, and what they may hold.
MOST_CALLS: Final = 10_000
MOST_BYTES: Final[Bytes] = 16 << 20
_TURNS: Final = 4  # under way at once


class Unknown(Unreachable):
    """The server does not have the script: it is to be sent whole."""


@dataclass(slots=True, eq=False)
class Call:
    words: tuple[Word, ...]
    reply: asyncio.Future[Reply]
    size: Bytes


class Witness(Protocol):
    """Is told how each turn went."""

    def worked(self) -> None: ...

    def failed(self, error: BaseException) -> None: ...


class RedisLane:
    """`timeout` is each call's; `refused` counts calls that found no place."""

    def __init__(self, client: Client, timeout: Seconds, witness: Witness) -> None:
        self._client = client
        self._timeout = timeout
        self._witness = witness
        self._calls: list[Call] = []
        self._due = 0.0  # of those calls, by the clock of the loop
        self._size: Bytes = 0
        self._turns: set[asyncio.Task[None]] = set()
        self._scheduled = False
        self.refused = 0

    def call(self, *words: Word) -> asyncio.Future[Reply]:
        """Ask with the next turn; the answer raises `Unreachable` if there is none."""
        loop = asyncio.get_running_loop()
        reply: asyncio.Future[Reply] = loop.create_future()
        size = sum(len(word) for word in words if isinstance(word, (bytes, str)))
        if len(self._calls) >= MOST_CALLS or self._size + size > MOST_BYTES:
            self.refused += 1
            _refuse(reply)
            return reply
        if not self._calls:
            self._due = loop.time() + self._timeout
        self._calls.append(Call(words, reply, size))
        self._size += size
        if not self._scheduled and len(self._turns) < _TURNS:
            self._scheduled = True
            loop.call_soon(self._turn)
        return reply

    def give_up(self) -> None:
        """Let nobody wait any longer who was not asked for yet."""
        calls, self._calls, self._size = self._calls, [], 0
        for call in calls:
            _refuse(call.reply)

    async def close(self) -> None:
        self.give_up()
        for turn in self._turns:
            turn.cancel()
        await asyncio.gather(*self._turns, return_exceptions=True)

    def _turn(self) -> None:
        self._scheduled = False
        calls = [call for call in self._calls if not call.reply.done()]
        self._calls, self._size = [], 0
        if calls:
            turn = asyncio.get_running_loop().create_task(self._ask(calls, self._due))
            self._turns.add(turn)
            turn.add_done_callback(self._turned)

    def _turned(self, turn: asyncio.Task[None]) -> None:
        self._turns.discard(turn)
        if self._calls and not self._scheduled:
            self._scheduled = True
            turn.get_loop().call_soon(self._turn)

    async def _ask(self, calls: Sequence[Call], due: float) -> None:
        try:
            async with asyncio.timeout_at(due):
                replies = await self._pipeline(calls)
        # uvloop has a RuntimeError for who writes to a connection that just ended.
        except (TimeoutError, RedisError, OSError, RuntimeError) as error:
            self._witness.failed(error)
        else:
            _tell(calls, replies)
            refusal = _refusal(replies)
            if refusal is None:
                self._witness.worked()
            else:
                self._witness.failed(refusal)
        finally:
            for call in calls:
                _refuse(call.reply)

    async def _pipeline(self, calls: Sequence[Call]) -> Sequence[Reply]:
        pipeline = self._client.pipeline(transaction=False)
        for call in calls:
            pipeline.execute_command(*call.words)
        replies: Sequence[Reply] = await pipeline.execute(raise_on_error=False)
        return replies


def _tell(calls: Sequence[Call], replies: Sequence[Reply]) -> None:
    for call, reply in zip(calls, replies, strict=True):
        if not call.reply.done():
            if isinstance(reply, NoScriptError):
                call.reply.set_exception(Unknown())
                _ = call.reply.exception()
            elif isinstance(reply, Exception):
                _refuse(call.reply)
            else:
                call.reply.set_result(reply)


def refused() -> asyncio.Future[Reply]:
    reply: asyncio.Future[Reply] = asyncio.get_running_loop().create_future()
    _refuse(reply)
    return reply


def _refuse(reply: asyncio.Future[Reply]) -> None:
    if not reply.done():
        reply.set_exception(Unreachable())
        _ = reply.exception()  # who does not wait need not know


def _refusal(replies: Sequence[Reply]) -> Exception | None:
    """An error, where the server refused everything."""
    errors = [
        reply
        for reply in replies
        if isinstance(reply, Exception) and not isinstance(reply, NoScriptError)
    ]
    return errors[0] if errors and len(errors) == len(replies) else None
