"""Exchange: one request, its response, and what is known of both so far.

It lives as long as the request. The phases of `proxy.pipeline` fill it in;
telemetry reads it once at the end: as a `telemetry.finished.Finished`.
"""

from typing import TYPE_CHECKING, Final

from sidecar.errors import SidecarError
from sidecar.proxy.downstream import Downstream
from sidecar.proxy.route import Route
from sidecar.proxy.unguarded import FREE, Permit
from sidecar.semantics.message import RequestHead
from sidecar.telemetry.finished import Finished
from sidecar.units import NEVER, Instant

if TYPE_CHECKING:
    from sidecar.policy.identity import Identity
    from sidecar.policy.selection import Mask
    from sidecar.proxy.looked_up import LookedUp, Ready

CLIENT_CLOSED: Final = 499
"""nginx's status, for the log alone: the client left before a head was sent."""


class Exchange(Finished):
    __slots__ = (
        "asking",
        "cache_status",
        "cached",
        "downstream",
        "due",
        "entered",
        "extra",
        "forwarded_host",
        "forwarded_port",
        "found",
        "head_sent",
        "identity",
        "later",
        "mask",
        "patient_until",
        "permit",
        "served_by",
        "trusted",
        "wanted_by",
    )

    def __init__(
        self, request: RequestHead, downstream: Downstream, route: Route, now: Instant
    ) -> None:
        super().__init__(request, route.name, now)
        self.asking = request
        """The request as the upstream gets it, before what a proxy adds."""
        self.mask: Mask | None = None
        """What the client wants of a document (`policy.selection`)."""
        self.downstream = downstream
        self.served_by = route
        self.due = Instant(now + route.timeouts.request)
        """By when the response head is to be there; moves while a body uploads."""
        self.wanted_by = NEVER
        """By when who asked will have stopped waiting, as far as we are told."""

        self.client = downstream.peer
        self.scheme = downstream.scheme
        self.forwarded_host = request.authority
        self.forwarded_port: int | None = None
        self.trusted = False

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

    def failed(self, error: SidecarError) -> None:
        """Note why we answered, or cut the response, ourselves."""
        self.error = error.code
        self.detail = error.detail
