"""Exchange: one request, its response, and what is known of both so far.

It lives as long as the request. The phases of `proxy.pipeline` fill it in;
telemetry reads it once at the end, in the shape of `telemetry.finished`.
"""

from typing import TYPE_CHECKING, Final

from sidecar.errors import SidecarError
from sidecar.proxy.downstream import Downstream
from sidecar.proxy.route import Route
from sidecar.proxy.unguarded import FREE, Permit
from sidecar.semantics.message import RequestHead
from sidecar.semantics.trace_context import continued
from sidecar.units import NEVER, Bytes, Instant, Seconds

if TYPE_CHECKING:
    from sidecar.policy.identity import Identity
    from sidecar.policy.selection import Mask
    from sidecar.proxy.looked_up import LookedUp, Ready

CLIENT_CLOSED: Final = 499
"""nginx's status, for the log alone: the client left before a head was sent."""


class Exchange:
    __slots__ = (
        "_trace",
        "asking",
        "attempts",
        "body",
        "cache_status",
        "cached",
        "client",
        "connect",
        "detail",
        "downstream",
        "due",
        "ended",
        "endpoint",
        "entered",
        "error",
        "extra",
        "first_byte",
        "forwarded_host",
        "forwarded_port",
        "found",
        "head_sent",
        "id",
        "identity",
        "later",
        "mask",
        "number",
        "patient_until",
        "permit",
        "queue",
        "request",
        "reused",
        "said",
        "scheme",
        "sent",
        "served_by",
        "started",
        "status",
        "trusted",
        "unanswered",
        "upstream",
        "waited",
        "wanted_by",
    )

    def __init__(  # noqa: PLR0915 (one line for each thing that is known)
        self, request: RequestHead, downstream: Downstream, route: Route, now: Instant
    ) -> None:
        self.request = request
        self.asking = request
        """The request as the upstream gets it, before what a proxy adds."""
        self.said = request.values
        """The request's fields as they came, whatever is asked of the upstream."""
        self.mask: Mask | None = None
        """What the client wants of a document (`policy.selection`)."""
        self.downstream = downstream
        self.served_by = route
        self.started = now
        self.ended = now
        self.due = Instant(now + route.timeouts.request)
        """By when the response head is to be there; moves while a body uploads."""
        self.wanted_by = NEVER
        """By when who asked will have stopped waiting, as far as we are told."""

        self.client = downstream.peer
        self.scheme = downstream.scheme
        self.forwarded_host = request.authority
        self.forwarded_port: int | None = None
        self.trusted = False
        self.id = b""
        """The value of X-Request-Id."""
        self.number = b""
        """32 hex digits of our own, by which it is found again."""
        self._trace = b""

        self.identity: Identity | None = None
        """Who asks, once somebody wanted to know."""
        self.found: LookedUp | None = None
        """What the cache knows, if it was asked and had no answer."""
        self.later: Ready | None = None
        """The stored response that answers, once it is made."""
        self.cache_status = b""
        """The line that says how the cache took part, where the upstream answers."""
        self.cached = ""
        """How the cache took part: hit, miss, stale, bypass, collapsed, revalidated."""
        self.entered: bytes | None = None
        """The user it is counted for while it is at the upstream."""
        self.permit: Permit = FREE
        """Leave to ask the upstream; the pipeline ends it, whatever happens."""

        self.patient_until: Instant | None = None
        """Until when the body is waited for, to be rendered whole; None: not begun."""
        self.extra = b""
        """Lines of fields that this response has besides those of its head."""
        self.head_sent = False
        self.status = 0
        self.error: str | None = None
        self.detail = ""
        self.sent: Bytes = 0

        self.upstream: str | None = None
        self.endpoint: str | None = None
        self.reused = False
        self.attempts = 0
        self.queue: Seconds | None = None
        """Waiting for a permit, and for a connection."""
        self.waited: Seconds = 0.0
        """Waiting for what another fetches."""
        self.connect: Seconds | None = None
        self.unanswered: Seconds = 0.0
        """At the upstream, in attempts of which no answer came, or none was used."""
        self.first_byte: Seconds | None = None
        self.body: Seconds | None = None

    @property
    def route(self) -> str:
        return self.served_by.name

    @property
    def received(self) -> Bytes:
        return self.downstream.received

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
        return self.traceparent[3:35].decode("ascii")

    def failed(self, error: SidecarError) -> None:
        """Note why we answered, or cut the response, ourselves."""
        self.error = error.code
        self.detail = error.detail
