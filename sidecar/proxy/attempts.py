"""Attempts: one response from the upstream, in as many tries as policy allows.

    permit ─▶ attempt ─┬─▶ a response ─────────────────────────▶ it
      ▲                └─▶ a failure, or a status that is worth it
      └── a wait ◀── is there a reason, and are budget and time left?

The shell of `policy.retry`: it waits, and decides nothing. Each try has a permit of
its own. While it waits after a failure it holds none; after a response it keeps that,
and its permit, for there may be no better one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from sidecar.errors import UpstreamFailed
from sidecar.policy.retry import Reason
from sidecar.proxy.body import Content
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.fetched import Asked, Fetched
from sidecar.proxy.race import Race
from sidecar.proxy.unguarded import FREE
from sidecar.units import Seconds

AT_ONCE: Seconds = 0.0001
"""Less is no wait: a turn of the loop."""


class Attempts:
    def __init__(
        self,
        fetcher: Fetcher,
        clock: Clock,
        *,
        sleep: Callable[[Seconds], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._fetcher = fetcher
        self._race = Race(fetcher, clock)
        self._clock = clock
        self._sleep = sleep

    async def fetch(self, exchange: Exchange, asked: Asked | None = None) -> Fetched:
        """Ask until there is a response; `asked`: the first time that was done.

        Raises:
            SidecarError: how the last attempt ended, or why there was none.
        """
        if asked is None:
            content = await self._fetcher.beginning(exchange)
            await self._permitted(exchange)
        else:
            content = asked.content
        number = 1
        while True:
            outcome = await self._outcome(exchange, asked, content)
            if not content.whole or not await self._again(exchange, outcome, number):
                break
            asked = None
            number += 1
        if isinstance(outcome, UpstreamFailed):
            raise outcome
        return outcome

    async def _permitted(self, exchange: Exchange) -> None:
        if exchange.permit is FREE:
            began = self._clock.now()
            exchange.permit = await exchange.served_by.permits.wait(exchange.due)
            waited = self._clock.now() - began
            exchange.queue = waited if waited > AT_ONCE else None

    async def _outcome(
        self, exchange: Exchange, asked: Asked | None, content: Content
    ) -> Fetched | UpstreamFailed:
        """Make one attempt; its permit knows how it ended."""
        hedge = exchange.served_by.retrying.hedge
        try:
            if asked is not None:
                fetched = await self._fetcher.response(exchange, asked)
            elif hedge is None or not content.whole:
                fetched = await self._fetcher.attempt(exchange, content)
            else:
                fetched = await self._race.run(exchange, content, hedge)
        except UpstreamFailed as error:
            exchange.permit.failed(error, self._clock.now())
            return error
        now = self._clock.now()
        self._fetcher.learn(exchange, fetched.connection, fetched.head.status, now)
        return fetched

    async def _again(
        self, exchange: Exchange, outcome: Fetched | UpstreamFailed, number: int
    ) -> bool:
        """Whether there is to be another attempt; if so, its permit is there."""
        found = self._reason(exchange, outcome, number)
        if found is None:
            return False
        reason, wait = found
        try:
            if wait > 0:
                await self._sleep(wait)
        except BaseException:
            if isinstance(outcome, Fetched):
                await outcome.give_up()
            raise
        now = self._clock.now()
        # The place it has is the one that the next attempt needs.
        exchange.permit.end(now)
        permit = exchange.served_by.permits.take(now)
        if permit is None:
            return False
        exchange.permit = permit
        exchange.served_by.retrying.count(reason)
        if isinstance(outcome, Fetched):
            exchange.unanswered += exchange.first_byte or 0.0
            exchange.first_byte = None
            await outcome.give_up()
        return True

    def _reason(
        self, exchange: Exchange, outcome: Fetched | UpstreamFailed, number: int
    ) -> tuple[Reason, Seconds] | None:
        """Why, and after how many seconds; None: this is how it ends."""
        retrying, request = exchange.served_by.retrying, exchange.request
        told = None
        if isinstance(outcome, Fetched):
            reason = retrying.retry.after_status(outcome.head.status, number, request)
            told = outcome.head.values.get(b"retry-after")
        else:
            reason = retrying.retry.after_error(outcome, number, request)
        if reason is None:
            return None
        wait = retrying.retry.wait(number, retrying.chance(), told)
        now = self._clock.now()
        if wait is None or now + wait >= exchange.due:
            return None
        return (reason, wait) if retrying.may_repeat(now) else None
