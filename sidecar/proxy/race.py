"""Race: a late request is sent a second time, and what comes first is taken.

Whoever loses is broken off: its connection is closed, its permit ends without a word.
"""

import asyncio

from sidecar.errors import UpstreamFailed
from sidecar.policy.hedge import Hedge
from sidecar.policy.retry import Reason
from sidecar.proxy.body import Content
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.fetched import Fetched
from sidecar.proxy.unguarded import Permit

Runner = asyncio.Task[Fetched]


class Race:
    def __init__(self, fetcher: Fetcher, clock: Clock) -> None:
        self._fetcher = fetcher
        self._clock = clock

    async def run(self, exchange: Exchange, content: Content, hedge: Hedge) -> Fetched:
        """The first response of one attempt or of two.

        Raises:
            UpstreamFailed: how the last of them ended.
        """
        delay = hedge.delay(exchange.request)
        if delay is None:
            return await self._fetcher.attempt(exchange, content)
        running: dict[Runner, Permit] = {}
        self._start(exchange, content, exchange.permit, running)
        try:
            done, _ = await asyncio.wait(running, timeout=delay)
            if not done and (permit := self._second(exchange)) is not None:
                self._start(exchange, content, permit, running)
            return await self._first(exchange, running)
        finally:
            self._stop(running)

    def _start(
        self,
        exchange: Exchange,
        content: Content,
        permit: Permit,
        running: dict[Runner, Permit],
    ) -> None:
        attempt = self._fetcher.attempt(exchange, content)
        running[asyncio.get_running_loop().create_task(attempt)] = permit

    def _second(self, exchange: Exchange) -> Permit | None:
        now, route = self._clock.now(), exchange.served_by
        if not route.retrying.may_hedge(now):
            return None
        permit = route.permits.take(now)
        if permit is None:
            return None
        route.retrying.count(Reason.HEDGE)
        return permit

    async def _first(
        self, exchange: Exchange, running: dict[Runner, Permit]
    ) -> Fetched:
        failure: UpstreamFailed | None = None
        while running:
            done, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                exchange.permit = running.pop(task)
                try:
                    fetched = task.result()
                except UpstreamFailed as error:
                    failure = error
                    exchange.permit.failed(error, self._clock.now())
                else:
                    exchange.endpoint = fetched.connection.endpoint.label
                    exchange.reused = fetched.connection.reused
                    return fetched
        raise failure or AssertionError("a race without a runner")

    def _stop(self, running: dict[Runner, Permit]) -> None:
        """End who still runs, and take nothing from them.

        Not waited for: a wait that is broken off would lose what came first.
        """
        for task, permit in running.items():
            task.add_done_callback(_drop)
            task.cancel()
            permit.end(self._clock.now())


def _drop(task: Runner) -> None:
    """Nobody wants what it may have brought; it sent no upload that could go on."""
    if not task.cancelled() and task.exception() is None:
        task.result().connection.discard()
