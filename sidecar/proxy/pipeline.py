"""Pipeline: the way of one request through the sidecar, top to bottom.

    begin ─▶ answer ─┬─ known at once ───────────────────────┬─▶ finish
                     └─ forward ─▶ fetch ─▶ relay | tunnel ──┘

`answer` is synchronous and needs no task; what it cannot answer goes to
`forward`. Errors of any phase meet in `_tell` and become one response, or a
broken connection where a head is out already. Every exchange is observed once.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from sidecar.errors import ClientGone, InternalError, SidecarError
from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.answer import Answer
from sidecar.proxy.attempts import Attempts
from sidecar.proxy.beforehand import can_ask, kept_out, known_answer
from sidecar.proxy.belief import believe
from sidecar.proxy.clock import Clock
from sidecar.proxy.deliver import Deliverer
from sidecar.proxy.downstream import Downstream
from sidecar.proxy.exchange import CLIENT_CLOSED, Exchange
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.fetched import Asked
from sidecar.proxy.gathering import soon
from sidecar.proxy.identifiers import Identifiers
from sidecar.proxy.instead import instead
from sidecar.proxy.looked_up import Ready
from sidecar.proxy.refusal import ALLOW, refusal
from sidecar.proxy.sharing import Sharing
from sidecar.proxy.site import Site
from sidecar.proxy.tunnel import tunnel
from sidecar.proxy.within import within
from sidecar.semantics.message import RequestHead
from sidecar.telemetry.finished import Finished
from sidecar.units import Seconds

SWITCHING_PROTOCOLS: Final = 101
NO_REQUEST: Final = RequestHead(b"-", b"-", 1, b"", [], {})


class Observer(Protocol):
    def observe(self, finished: Finished) -> None: ...


class Pipeline:
    def __init__(
        self,
        site: Site,
        observer: Observer,
        clock: Clock,
        deadlines: Deadlines,
        report: Callable[[BaseException], None],
    ) -> None:
        self.use(site, observer)
        self._clock = clock
        self._deadlines = deadlines
        self._report = report
        self._identifiers = Identifiers()
        self._fetcher = Fetcher(site.pseudonym, clock)
        self._attempts = Attempts(self._fetcher, clock)
        self._deliverer = Deliverer(clock)
        self._sharing = Sharing(self._attempts, self._deliverer, clock)

    def use(self, site: Site, observer: Observer) -> None:
        """Serve the requests that begin from now on by another configuration."""
        self._site, self._observer = site, observer
        # None: nobody is, and nobody is looked up.
        self._trusted = site.trusted or None

    def begin(self, request: RequestHead, downstream: Downstream) -> Exchange:
        """Route a request that passed the gate."""
        site = self._site
        index = site.router.match(request)
        route = site.routes[-1 if index is None else index]
        exchange = Exchange(request, downstream, route, self._clock.now())
        route.gauge.in_flight += 1
        trusted = self._trusted
        if trusted is not None and downstream.peer in trusted:
            believe(exchange, trusted)
        self._identifiers.identify(exchange)
        if request.upgrade is not None and not route.tunnels.accepts(request):
            request.upgrade = None
        return exchange

    def answer(self, exchange: Exchange) -> bool:
        """Answer what can be answered at once; whether that was done."""
        try:
            answer = self._known(exchange)
            if answer is None or not self._told(exchange, answer):
                return False
        # A defect of ours costs one request, not the worker.
        except Exception as error:  # noqa: BLE001
            self._defect(exchange, error)
        self._finish(exchange)
        return True

    def ask(self, exchange: Exchange) -> Asked | None:
        """Ask the upstream, if nothing has to be waited for but its answer.

        What follows is `complete`, `forward` with it, or `give_up`; see `Passage`.
        """
        return self._fetcher.ask(exchange) if can_ask(exchange) else None

    def complete(self, exchange: Exchange, asked: Asked) -> bool:
        """Answer with what the upstream said, if all of it is here; whether it was."""
        try:
            fetched = self._fetcher.answered(exchange, asked)
            if fetched is None:
                return False
            if exchange.found is None:
                self._deliverer.whole(exchange, fetched.head, asked.connection.take())
            elif not self._sharing.whole(exchange, fetched):
                asked.connection.release()
                return False
            asked.connection.release()
        except Exception as error:  # noqa: BLE001
            asked.connection.discard()
            self._defect(exchange, error)
        self._finish(exchange)
        return True

    def patience(self, exchange: Exchange, asked: Asked) -> Seconds | None:
        """How long `complete` may yet come true; None: begin `forward` now."""
        return soon(exchange, asked, self._clock.now())

    def give_up(self, exchange: Exchange, asked: Asked | None) -> None:
        """The client has gone; nobody wants the answer any more."""
        # Where it has only still to be made, the connection was given back.
        if asked is not None and exchange.later is None:
            asked.connection.discard()
            self._fetcher.broke_off(exchange, asked)
        self._failed(exchange, ClientGone())
        self._finish(exchange)

    async def forward(self, exchange: Exchange, asked: Asked | None = None) -> None:
        """Answer with what the upstream says.

        Raises nothing but cancellation, which means that the client has gone.
        """
        failure: SidecarError | None = None
        try:
            try:
                await self._forward(exchange, asked)
            except SidecarError as error:
                failure = error  # what follows may wait: `proxy.within`
            if failure is not None:
                exchange.permit.failed(failure, self._clock.now())
                if not await self._sharing.serves(exchange, failure):
                    self._tell(exchange, failure)
        except asyncio.CancelledError:
            self._failed(exchange, ClientGone())
            raise
        except Exception as error:  # noqa: BLE001
            self._defect(exchange, error)
        finally:
            failure = None  # it holds this frame
            self._finish(exchange)

    def refuse(
        self, downstream: Downstream, error: SidecarError, request: RequestHead | None
    ) -> None:
        """Answer what did not pass the gate, and close the connection."""
        request = request or NO_REQUEST
        route = self._site.routes[-1]
        exchange = Exchange(request, downstream, route, self._clock.now())
        route.gauge.in_flight += 1
        self._identifiers.identify(exchange)
        self._tell(exchange, error, close=True)
        self._finish(exchange)

    async def _forward(self, exchange: Exchange, asked: Asked | None) -> None:
        admission = exchange.served_by.admission
        if admission.remote:
            await admission.ask(exchange)
            let_in = self._clock.now()
            answer = known_answer(exchange)
            if answer is not None and self._told(exchange, answer):
                return
            if exchange.found is not None:
                exchange.found.delayed = let_in - exchange.started
        known = exchange.found or exchange.later
        if known is not None and exchange.request.upgrade is None:
            await self._sharing.forward(exchange, asked)
            return
        fetched = await self._attempts.fetch(exchange, asked)
        if fetched.head.status == SWITCHING_PROTOCOLS:
            work = tunnel(exchange, fetched, self._clock, self._deadlines)
        else:
            work = self._deliverer.relay(exchange, fetched)
        await within(fetched, work)

    def _known(self, exchange: Exchange) -> Answer | Ready | None:
        """Return the answer that needs no upstream, if there is one."""
        request = exchange.request
        if error := kept_out(exchange, self._site.pseudonym):
            exchange.failed(error)
            return refusal(error, request, exchange.id)
        if request.method == b"OPTIONS" and request.values.get(b"max-forwards") == b"0":
            return Answer(200, fields=[(b"Allow", ALLOW)])
        remote = exchange.served_by.admission.remote
        return None if remote else known_answer(exchange)

    def _told(self, exchange: Exchange, answer: Answer | Ready) -> bool:
        """Answer, unless that takes a while; whether it was done."""
        if isinstance(answer, Ready):
            return self._sharing.deliver(exchange, answer)
        self._deliverer.answer(exchange, answer)
        return True

    def _defect(self, exchange: Exchange, error: Exception) -> None:
        self._report(error)
        self._failed(exchange, InternalError())

    def _failed(self, exchange: Exchange, error: SidecarError) -> None:
        exchange.permit.failed(error, self._clock.now())
        self._tell(exchange, error)

    def _tell(
        self, exchange: Exchange, error: SidecarError, *, close: bool = False
    ) -> None:
        """Make a response of an error, or break off where a head is out."""
        downstream = exchange.downstream
        exchange.failed(error)
        if exchange.head_sent:
            downstream.abort()
        elif isinstance(error, ClientGone) or downstream.closed:
            exchange.status = CLIENT_CLOSED
            downstream.abort()
        else:
            answer = instead(exchange, error)
            answer.close = close
            self._deliverer.answer(exchange, answer)

    def _finish(self, exchange: Exchange) -> None:
        route = exchange.served_by
        exchange.ended = now = self._clock.now()
        exchange.received = exchange.downstream.received
        exchange.permit.end(now)
        route.admission.settle(exchange)
        if exchange.found is not None:
            route.cache.answered.left(exchange)
        route.gauge.in_flight -= 1
        try:
            self._observer.observe(exchange)
        # Who watches must not cost the request that was answered.
        except Exception as error:  # noqa: BLE001
            self._report(error)
