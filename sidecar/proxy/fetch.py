"""Fetch: one response head from the upstream, and the connection its body comes by.

The shell around `upstream` and `policy.retry`: it takes a connection, writes the
request, waits within the exchange's deadline, and decides nothing.
"""

from sidecar.errors import ConnectionLost, UpstreamFailed
from sidecar.policy.failure import failure
from sidecar.policy.retry import Reason, is_idempotent, may_resend
from sidecar.proxy.body import EMPTY, Content, Upload, beginning, is_here
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetched import Asked, Fetched
from sidecar.proxy.outgoing import Outgoing
from sidecar.proxy.retrying import SERVER_ERROR
from sidecar.proxy.unguarded import FREE
from sidecar.proxy.upstreams import Connection
from sidecar.semantics.forwarding import interim_head
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Instant


class Fetcher:
    def __init__(self, pseudonym: bytes, clock: Clock) -> None:
        self._outgoing = Outgoing(pseudonym)
        self._clock = clock

    def ask(self, exchange: Exchange) -> Asked | None:
        """Ask the upstream, if nothing has to be waited for but its answer."""
        request, route = exchange.request, exchange.served_by
        if request.upgrade is not None:
            return None
        if request.has_body and not is_here(exchange):
            return None
        if route.retrying.hedge is not None:
            return None
        if exchange.permit is FREE:
            permit = route.permits.take(self._clock.now())
            if permit is None:
                return None
            # Kept where the rest has to wait: it is not asked for twice.
            exchange.permit = permit
        connection = route.upstream.idle(sure=not is_idempotent(request))
        if connection is None:
            return None
        content = EMPTY
        if request.has_body:
            content = Content(exchange.downstream.take(), whole=True)
        exchange.upstream = route.upstream.name
        self._note(exchange, connection)
        return self._send(exchange, connection, content)

    def answered(self, exchange: Exchange, asked: Asked) -> Fetched | None:
        """The response, if all of it is here and nothing about it takes time."""
        head, route = asked.connection.whole(), exchange.served_by
        if head is None or head.status in route.retrying.retry.statuses:
            return None
        if route.rendering.takes_time(exchange, head, asked.connection.unread):
            return None
        now = self._clock.now()
        headed = asked.headed
        if headed is None:
            exchange.first_byte = now - asked.at
        else:
            exchange.first_byte, exchange.body = headed - asked.at, now - headed
        self.learn(exchange, asked.connection, head.status, now)
        return Fetched(head, asked.connection)

    def broke_off(self, exchange: Exchange, asked: Asked) -> None:
        """Note what the upstream was asked in vain; where two race, until one wins."""
        if exchange.first_byte is None:
            exchange.unanswered += self._clock.now() - asked.at

    def learn(
        self, exchange: Exchange, connection: Connection, status: int, now: Instant
    ) -> None:
        """Tell those who want to know of an answer."""
        connection.endpoint.answered(now, failed=status >= SERVER_ERROR)
        exchange.permit.answered(status, now)
        exchange.served_by.retrying.answered(status, exchange.first_byte or 0.0, now)

    async def beginning(self, exchange: Exchange) -> Content:
        """Read the body, or as much of it as is read before the upstream is asked.

        Raises:
            SidecarError: what the client did.
        """
        content = await beginning(exchange)
        if exchange.request.has_body:
            # The client's time to send is not the upstream's time to answer.
            due = Instant(self._clock.now() + exchange.served_by.timeouts.request)
            exchange.due = min(due, exchange.wanted_by)
        exchange.upstream = exchange.served_by.upstream.name
        return content

    async def attempt(self, exchange: Exchange, content: Content) -> Fetched:
        """Ask the upstream once.

        Raises:
            SidecarError: what kept us from a response head.
        """
        sure = not (content.whole and is_idempotent(exchange.request))
        connection = await self._connect(exchange, sure=sure)
        return await self.response(exchange, self._send(exchange, connection, content))

    async def response(self, exchange: Exchange, asked: Asked) -> Fetched:
        """Return the response, also where a stale connection has to be replaced.

        Raises:
            SidecarError: what kept us from a response head.
        """
        try:
            return await self._response(exchange, asked)
        except ConnectionLost:
            if not asked.content.whole or not may_resend(
                exchange.request,
                reused=asked.connection.reused,
                answered=asked.connection.got_bytes,
            ):
                raise
        exchange.served_by.retrying.count(Reason.STALE)
        connection = await self._connect(exchange, fresh=True)
        asked = self._send(exchange, connection, asked.content)
        return await self._response(exchange, asked)

    async def _connect(
        self, exchange: Exchange, *, fresh: bool = False, sure: bool = False
    ) -> Connection:
        route = exchange.served_by
        connection = None if fresh else route.upstream.idle(sure=sure)
        if connection is None:
            timeouts, due = route.timeouts, exchange.due
            if timeouts.slot is not None:
                due = min(due, Instant(self._clock.now() + timeouts.slot))
            connection = await route.upstream.acquire(
                connect=timeouts.connect, due=due, fresh=fresh, sure=sure
            )
            exchange.queue = (exchange.queue or 0.0) + connection.queue_time
            exchange.connect = connection.connect_time
        self._note(exchange, connection)
        return connection

    def _note(self, exchange: Exchange, connection: Connection) -> None:
        exchange.attempts += 1
        exchange.reused = connection.reused
        exchange.endpoint = connection.endpoint.label

    def _send(
        self, exchange: Exchange, connection: Connection, content: Content
    ) -> Asked:
        """Write the request, or its beginning, for `_response` to be waited for."""
        request, length = exchange.request, exchange.request.content_length
        if content.whole and request.has_body:
            length = len(content.data)
        head = self._outgoing.head(
            exchange,
            connection.endpoint.authority,
            length=length,
            chunked=request.chunked and not content.whole,
        )
        now = self._clock.now()
        if exchange.served_by.timeouts.tell:
            head = self._outgoing.hurried(head, exchange, now)
        asked = Asked(connection, content, now)
        if content.whole:
            upgrade = request.upgrade is not None
            connection.send(request.method, head, content.data, upgrade=upgrade)
            connection.request_done()
        else:
            connection.send(request.method, head)
            asked.upload = Upload(exchange, connection, content.data, self._clock)
        return asked

    async def _response(self, exchange: Exchange, asked: Asked) -> Fetched:
        connection, upload = asked.connection, asked.upload
        client = exchange.downstream

        def interim(head: ResponseHead) -> None:
            client.interim(interim_head(head.status, head.reason, head.fields))

        try:
            due = exchange.due if upload is None else NEVER
            response = await connection.response(due, interim)
        except BaseException as error:  # noqa: BLE001
            failed = error  # what follows may wait: `proxy.within`
        else:
            exchange.first_byte = (asked.headed or self._clock.now()) - asked.at
            return Fetched(response, connection, upload)
        connection.discard()
        self.broke_off(exchange, asked)
        if failure(failed) is not None:
            connection.endpoint.answered(self._clock.now(), failed=True)
        if upload is not None:
            await upload.stop()
            if isinstance(failed, UpstreamFailed) and upload.error is not None:
                failed = upload.error
        raise failed
