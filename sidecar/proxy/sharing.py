"""Sharing: the forwarding of an exchange whose answer others may want as well.

    turn ─┬─▶ another's answer                          collapsed
          └─▶ fetch ─┬─ whole ─────▶ stored ──────────▶ deliver
                     ├─ coming in ─▶ a feed, filled behind everybody's back
                     └─ failed ────▶ the stored one, where that is allowed

Filling and refreshing are tasks of ours: no client that leaves breaks them off.
"""

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast

from sidecar.errors import ClientGone, ResponseTimedOut, SidecarError, UpstreamFailed
from sidecar.proxy.attempts import Attempts
from sidecar.proxy.clock import Clock
from sidecar.proxy.collapse import Outcome, Turn
from sidecar.proxy.deliver import Deliverer
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.feed import Feed
from sidecar.proxy.fetched import Asked, Fetched
from sidecar.proxy.filling import Filling
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.proxy.nobody import Nobody
from sidecar.proxy.tasks import Tasks
from sidecar.proxy.within import within

if TYPE_CHECKING:
    from sidecar.proxy.upstreams import Connection

# Who found nothing so often asks for itself.
MOST_TURNS: Final = 4
MOST_REFRESHES: Final = 64


class Sharing:
    """Of exchanges with `found`."""

    def __init__(self, attempts: Attempts, deliverer: Deliverer, clock: Clock) -> None:
        self._attempts = attempts
        self._deliverer = deliverer
        self._clock = clock
        self._filling = Filling(clock)
        self._refreshes = Tasks(MOST_REFRESHES)

    def deliver(self, exchange: Exchange, ready: Ready) -> bool:
        """Send it, if it is made; else `forward` makes it first."""
        if ready.later is not None:
            exchange.later = ready
            return False
        self._deliverer.ready(exchange, ready)
        if ready.refresh is not None:
            self.refresh(exchange, ready.refresh)
        return True

    async def serves(self, exchange: Exchange, error: SidecarError) -> bool:
        """Answer with what is stored instead of an error; whether that was done."""
        if exchange.found is None or exchange.head_sent:
            return False
        if isinstance(error, ClientGone) or exchange.downstream.closed:
            return False
        ready = exchange.served_by.cache.answered.failed(exchange, error)
        if ready is None:
            return False
        await self._made(exchange, ready)
        return True

    def whole(self, exchange: Exchange, fetched: Fetched) -> bool:
        """Answer with a response that is all here, if that takes no time."""
        content = fetched.connection.take()
        answered = exchange.served_by.cache.answered
        ready = answered.whole(exchange, fetched.head, content)
        if ready is not None:
            return self.deliver(exchange, ready)
        self._deliverer.whole(exchange, fetched.head, content)
        return True

    async def forward(self, exchange: Exchange, asked: Asked | None) -> None:
        """Answer with what the upstream says, or with what it says to another.

        Raises:
            SidecarError
        """
        if exchange.later is not None:
            await self._made(exchange, exchange.later)
            return
        shared = await self._turn(exchange) if asked is None else None
        if isinstance(shared, Ready):
            await self._made(exchange, shared)
            return
        if isinstance(shared, Feed):
            exchange.served_by.cache.answered.reads_along(exchange)
            await self._read_along(exchange, shared)
            exchange.waited += exchange.body or 0.0
            return
        fetched = await self._attempts.fetch(exchange, asked)
        rest = await within(fetched, self._answer(exchange, fetched))
        if isinstance(rest, Feed):
            await self._filling.start(exchange, fetched, rest)
            await self._read_along(exchange, rest)
        elif rest is not None:
            await self._made(exchange, rest)

    def refresh(self, exchange: Exchange, found: LookedUp) -> None:
        """Fetch anew what an exchange was answered with."""
        one = Exchange(
            replace(exchange.asking, method=b"GET"),
            Nobody(exchange.downstream.peer, exchange.downstream.scheme),
            exchange.served_by,
            self._clock.now(),
        )
        one.client, one.scheme = exchange.client, exchange.scheme
        one.forwarded_host = exchange.forwarded_host
        one.forwarded_port = exchange.forwarded_port
        one.trusted, one.identity = exchange.trusted, exchange.identity
        one.id, one.traceparent = exchange.id, exchange.traceparent
        one.found, one.cached = found, "refresh"
        exchange.found = None  # who was answered leaves; the refresh goes on
        if not self._refreshes.start(self._refresh(one)):
            one.served_by.cache.answered.left(one)

    async def _turn(self, exchange: Exchange) -> Ready | Feed | None:
        """Another's answer; None: it is for this exchange to ask.

        Raises:
            SidecarError: what another met.
        """
        cache, found = exchange.served_by.cache, exchange.found
        for _ in range(MOST_TURNS):
            if found is None or cache.may_ask(exchange):
                ready = await cache.remembered(exchange, self._clock.now)
                if ready is None and found is not None and found.refused is not None:
                    raise found.refused
                return ready
            outcome = await self._outcome(exchange, found)
            if outcome is Turn.LEAD:
                return None
            if outcome is Turn.ALONE:
                break
            if isinstance(outcome, Feed):
                if cache.answered.may_read(exchange, outcome):
                    return outcome
            elif ready := cache.again(exchange, self._clock.now()):
                return ready
        if found is not None:
            found.alone = True
        return None

    async def _outcome(self, exchange: Exchange, found: LookedUp) -> Outcome:
        """Wait for how another's fetch ends.

        Raises:
            SidecarError
        """
        flight = found.awaited
        if flight is None:
            return Turn.ALONE
        began = self._clock.now()
        try:
            outcome = await within(asyncio.timeout_at(exchange.due), flight.outcome())
        except TimeoutError:
            raise ResponseTimedOut from None
        finally:
            exchange.waited += self._clock.now() - began
        if outcome is Turn.LEAD:
            found.flight = flight
        return outcome

    async def _answer(
        self, exchange: Exchange, fetched: Fetched
    ) -> Feed | Ready | None:
        """Answer; else return the feed that has still to be filled, or what takes time
        to be made: by then the connection may be somebody else's.
        """
        if fetched.connection.whole() is not None:
            sent = self.whole(exchange, fetched)
            await fetched.finish()
            return None if sent else exchange.later
        answered = exchange.served_by.cache.answered
        begun = answered.begins(exchange, fetched.head)
        if isinstance(begun, Feed):
            return begun
        if begun is None:
            await self._relay(exchange, fetched)
        else:
            await fetched.give_up()
        return begun

    async def _relay(self, exchange: Exchange, fetched: Fetched) -> None:
        """Send what is not stored; what is stays where the upstream breaks off."""
        try:
            await self._deliverer.relay(exchange, fetched)
        except UpstreamFailed:
            raise
        except BaseException:
            exchange.served_by.cache.answered.passed_on(exchange)
            raise
        else:
            exchange.served_by.cache.answered.passed_on(exchange)

    async def _made(self, exchange: Exchange, ready: Ready) -> None:
        """Send it, made first if need be."""
        if ready.later is not None:
            writer = exchange.served_by.cache.answered.writer
            made = await writer.made(exchange, ready.later)
            made.refresh = ready.refresh
            ready = made
        self.deliver(exchange, ready)

    async def _read_along(self, exchange: Exchange, feed: Feed) -> None:
        reader = feed.reader()
        # For who delivers it is what an upstream's connection is.
        fetched = Fetched(feed.head, cast("Connection", reader))
        try:
            await self._deliverer.relay(exchange, fetched)
        finally:
            reader.release()

    async def _refresh(self, exchange: Exchange) -> None:
        cache = exchange.served_by.cache
        answered = cache.answered
        try:
            if cache.asks_others(exchange) and await cache.is_refreshed(
                exchange, self._clock.now
            ):
                return
            fetched = await self._attempts.fetch(exchange)
            await within(fetched, self._renew(exchange, fetched))
            answered.refreshed(exchange, worked=True)
        except SidecarError as error:
            answered.failed(exchange, error)
            answered.refreshed(exchange, worked=False)
        finally:
            exchange.permit.end(self._clock.now())
            answered.left(exchange)

    async def _renew(self, exchange: Exchange, fetched: Fetched) -> None:
        answered = exchange.served_by.cache.answered
        if fetched.connection.whole() is not None:
            answered.whole(exchange, fetched.head, fetched.connection.take())
            await fetched.finish()
        elif isinstance(begun := answered.begins(exchange, fetched.head), Feed):
            await self._filling.fill(exchange, fetched, begun, exchange.permit)
        else:
            answered.passed_on(exchange)
            await fetched.give_up()
