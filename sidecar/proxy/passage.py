"""Passage: the forwarding of one exchange, with a task only where it needs one.

    ask ─▶ the answer is whole, or soon ─▶ complete   callbacks, no task waits
     └──────────┴─ anything else ─▶ forward           a task

A small response of an upstream with a free connection, which is nearly every one,
costs no task, no future and no turn of the event loop. One that has to be here
before any of it goes on costs a timer besides.
"""

import asyncio
from collections.abc import Callable

from sidecar.proxy.exchange import Exchange
from sidecar.proxy.pipeline import Pipeline
from sidecar.units import NEVER


class Passage:
    """`over` is called once the exchange is; not after `cancel`."""

    __slots__ = (
        "_asked",
        "_begun",
        "_exchange",
        "_over",
        "_pipeline",
        "_task",
        "_timer",
    )

    def __init__(
        self, pipeline: Pipeline, exchange: Exchange, over: Callable[[], None]
    ) -> None:
        self._pipeline = pipeline
        self._exchange = exchange
        self._over = over
        self._task: asyncio.Task[None] | None = None
        self._begun = False
        self._timer: asyncio.TimerHandle | None = None
        self._asked = asked = pipeline.ask(exchange)
        if asked is None:
            self._take_time()
        else:
            asked.connection.notify(exchange.due, self._arrived)

    def cancel(self) -> None:
        """The client has gone."""
        self._stop_timer()
        task, asked = self._task, self._asked
        if task is not None:
            task.cancel()
        if self._begun or (task is None and asked is None):
            return
        # A task that is cancelled before its first turn never takes one.
        self._task = self._asked = None
        self._pipeline.give_up(self._exchange, asked)

    def _arrived(self) -> None:
        asked = self._asked
        if asked is None:
            return
        if self._timer is not None:
            self._stop_timer()
        if self._pipeline.complete(self._exchange, asked):
            self._asked = None
            self._over()
            return
        patience = self._pipeline.patience(self._exchange, asked)
        if patience is None:
            self._take_time()
            return
        connection, loop = asked.connection, asyncio.get_running_loop()
        self._timer = loop.call_later(patience, connection.hurry)
        connection.notify(NEVER, self._arrived)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _take_time(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._forward())

    async def _forward(self) -> None:
        self._begun = True
        await self._pipeline.forward(self._exchange, self._asked)
        self._task = self._asked = None
        self._over()
