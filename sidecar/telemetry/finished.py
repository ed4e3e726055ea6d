"""Finished: what telemetry reads of an exchange when it is over.

`proxy.exchange.Exchange` is one, and adds what it is worked with; nothing is copied.
A class and not a protocol: C finds its fields at their places. Durations are in
seconds, and None where that phase did not happen.
"""

from sidecar.semantics.message import RequestHead
from sidecar.semantics.trace_context import continued
from sidecar.units import Bytes, Instant, Seconds


class Finished:
    __slots__ = (
        "_trace",
        "attempts",
        "body",
        "client",
        "connect",
        "detail",
        "ended",
        "endpoint",
        "error",
        "first_byte",
        "id",
        "number",
        "queue",
        "received",
        "request",
        "reused",
        "route",
        "said",
        "scheme",
        "sent",
        "started",
        "status",
        "unanswered",
        "upstream",
        "waited",
    )

    def __init__(self, request: RequestHead, route: str, now: Instant) -> None:
        self.request = request
        self.said = request.values
        """The request's fields as they came, whatever is asked of the upstream."""
        self.route = route
        self.started = now
        self.ended = now

        self.client = ""
        """The client's address, after `trusted_proxies`; empty for a unix socket."""
        self.scheme = ""
        self.id = b""
        """The value of X-Request-Id."""
        self.number = b""
        """32 hex digits of our own, by which it is found again."""
        self._trace = b""

        self.status = 0
        """What the client was sent; 499 where it left before a head was sent."""
        self.error: str | None = None
        """`SidecarError.code` where we answered, or cut the response, ourselves."""
        self.detail = ""
        """What the log may know of the error and the client may not."""
        self.received: Bytes = 0
        """Request body bytes; known at the end."""
        self.sent: Bytes = 0
        """Response body bytes."""

        self.upstream: str | None = None
        """The upstream's name in the configuration; None: never asked."""
        self.endpoint: str | None = None
        self.reused = False
        """The upstream connection had been used before."""
        self.attempts = 0
        self.queue: Seconds | None = None
        """Waiting for a permit, and for a connection."""
        self.waited: Seconds = 0.0
        """Waiting for what another request, worker or pod was fetching."""
        self.connect: Seconds | None = None
        self.unanswered: Seconds = 0.0
        """At the upstream, in attempts of which no answer came, or none was used."""
        self.first_byte: Seconds | None = None
        """Request sent → response head."""
        self.body: Seconds | None = None
        """Response head → end of the response."""

    @property
    def request_id(self) -> str:
        return self.id.decode("latin-1")

    @property
    def traceparent(self) -> bytes:
        """Worked out for who asks first: what is known at once has nobody to ask."""
        if not self._trace:
            self._trace = continued(self.said.get(b"traceparent"), self.number)
        return self._trace

    @traceparent.setter
    def traceparent(self, field: bytes) -> None:
        self._trace = field

    @property
    def trace_id(self) -> str:
        """32 hex digits."""
        return self.traceparent[3:35].decode("ascii")
