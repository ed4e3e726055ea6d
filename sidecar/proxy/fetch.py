"""Fetch: one response head from the upstream, and the connection its body comes by.

The shell around `upstream` and `policy.retry`: it takes a connection, writes the
request, waits within the exchange's deadline, and decides nothing.
"""

from dataclasses import dataclass

from sidecar.errors import ConnectionLost, UpstreamFailed
from sidecar.policy.retry import may_resend
from sidecar.proxy.body import Content, Upload, beginning
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.semantics.forwarding import (
    Hop,
    interim_head,
    public_port,
    request_head,
)
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Instant
from sidecar.upstream.connection import Connection


@dataclass(slots=True)
class Fetched:
    """A response whose body is still with the connection."""

    head: ResponseHead
    connection: Connection
    upload: Upload | None = None

    @property
    def upload_error(self) -> Exception | None:
        """What the client's body failed with; the upstream is not to blame then."""
        return None if self.upload is None else self.upload.error

    async def finish(self) -> None:
        """Give the connection back; it is closed unless all of it was used up."""
        if self.upload is None:
            self.connection.release()
            return
        # A response that ended before its request leaves nobody to read the rest.
        await self.upload.stop()
        self.connection.release()

    async def give_up(self) -> None:
        """Break off: what was not read will not be."""
        self.connection.discard()
        if self.upload is not None:
            await self.upload.stop()


class Fetcher:
    def __init__(self, pseudonym: bytes, clock: Clock) -> None:
        self._pseudonym = pseudonym
        self._clock = clock

    async def fetch(self, exchange: Exchange) -> Fetched:
        """Ask the upstream.

        Raises:
            SidecarError: what kept us from a response head.
        """
        content = await beginning(exchange)
        if exchange.request.has_body:
            # The client's time to send it is not the upstream's time to answer.
            exchange.due = Instant(
                self._clock.now() + exchange.served_by.timeouts.request
            )
        exchange.upstream = exchange.served_by.upstream.name
        connection = await self._connect(exchange, fresh=False)
        try:
            return await self._ask(exchange, connection, content)
        except ConnectionLost:
            if not content.whole or not may_resend(
                exchange.request,
                reused=connection.reused,
                answered=connection.got_bytes,
            ):
                raise
        connection = await self._connect(exchange, fresh=True)
        return await self._ask(exchange, connection, content)

    async def _connect(self, exchange: Exchange, *, fresh: bool) -> Connection:
        route = exchange.served_by
        connection = None if fresh else route.upstream.idle()
        if connection is None:
            timeouts, due = route.timeouts, exchange.due
            if timeouts.slot is not None:
                due = min(due, Instant(self._clock.now() + timeouts.slot))
            connection = await route.upstream.acquire(
                connect=timeouts.connect, due=due, fresh=fresh
            )
            exchange.queue = connection.queue_time
            exchange.connect = connection.connect_time
        exchange.attempts += 1
        exchange.reused = connection.reused
        exchange.endpoint = connection.endpoint.label
        return connection

    async def _ask(
        self, exchange: Exchange, connection: Connection, content: Content
    ) -> Fetched:
        request, downstream = exchange.request, exchange.downstream
        sent_at = self._clock.now()
        upgrade = request.upgrade
        head = self._head(exchange, connection, content)
        upload = None

        def interim(head: ResponseHead) -> None:
            downstream.interim(interim_head(head.status, head.reason, head.fields))

        try:
            if content.whole:
                connection.send(
                    request.method, head, content.data, upgrade=upgrade is not None
                )
                connection.request_done()
                due = exchange.due
            else:
                connection.send(request.method, head)
                upload = Upload(exchange, connection, content.data, self._clock)
                due = NEVER
            response = await connection.response(due, interim)
        except BaseException as error:
            connection.discard()
            if upload is not None:
                await upload.stop()
                if isinstance(error, UpstreamFailed) and upload.error is not None:
                    raise upload.error from None
            raise
        exchange.first_byte = self._clock.now() - sent_at
        return Fetched(response, connection, upload)

    def _head(
        self, exchange: Exchange, connection: Connection, content: Content
    ) -> bytes:
        request, route = exchange.request, exchange.served_by
        host = route.host
        if host is None:
            host = request.authority
        if not host:
            host = connection.endpoint.authority
        if content.whole:
            length = len(content.data) if request.has_body else request.content_length
        else:
            length = request.content_length
        return request_head(
            request,
            Hop(
                peer=exchange.downstream.peer,
                scheme=exchange.scheme,
                host=exchange.forwarded_host,
                port=exchange.forwarded_port
                or public_port(exchange.forwarded_host, exchange.scheme),
                trusted=exchange.trusted,
                request_id=exchange.id,
                traceparent=exchange.traceparent,
                pseudonym=self._pseudonym,
            ),
            host=host,
            edits=route.request_edits,
            length=length,
            chunked=request.chunked and not content.whole,
            upgrade=request.upgrade,
        )
