"""Outgoing: the request head as the upstream gets it, of what an exchange knows."""

from sidecar.proxy.exchange import Exchange
from sidecar.semantics.forwarding import Hop, public_port, request_head
from sidecar.semantics.plain_forwarding import (
    Introductions,
    is_plain_request,
    plain_request_head,
)
from sidecar.units import Instant


class Outgoing:
    def __init__(self, pseudonym: bytes) -> None:
        self._pseudonym = pseudonym
        self._introductions = Introductions(pseudonym)

    def hurried(self, head: bytes, exchange: Exchange, now: Instant) -> bytes:
        """The head with the field that tells how many milliseconds are left."""
        left = max(0.0, exchange.due - now) * 1000
        tell = exchange.served_by.timeouts.tell
        return b"%b%b: %d\r\n\r\n" % (head[:-2], tell, left)

    def head(
        self, exchange: Exchange, authority: bytes, *, length: int | None, chunked: bool
    ) -> bytes:
        """`authority` is the endpoint's; `length` and `chunked` frame the body."""
        request, route = exchange.asking, exchange.served_by
        host = request.authority if route.host is None else route.host
        host = host or authority
        if (
            not exchange.trusted
            and not route.request_edits.names
            and is_plain_request(request)
        ):
            return plain_request_head(
                request,
                host=host,
                introduction=self._introductions[
                    exchange.client, exchange.scheme, exchange.forwarded_host
                ],
                request_id=exchange.id,
                traceparent=exchange.traceparent,
                length=length,
            )
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
            chunked=chunked,
            upgrade=request.upgrade,
        )
