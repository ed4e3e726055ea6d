"""Route: all that one route of the configuration says, ready for use.

Made by `server.assembly`; a feature that is off is a null object here, so that
no phase asks whether it is on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from sidecar.errors import OriginNotAllowed, SidecarError, TunnelsExhausted
from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.proxy.fallback import NO_FALLBACK, Fallback
from sidecar.proxy.phases import NO_CACHE, OPEN, Admission, Cache
from sidecar.proxy.rendering import AS_IT_IS, Rendering
from sidecar.proxy.retrying import NEVER_AGAIN, Retrying
from sidecar.proxy.unguarded import UNGUARDED, Permits
from sidecar.proxy.upstreams import Upstream
from sidecar.semantics.message import RequestHead
from sidecar.units import Seconds


class Gauge(Protocol):
    """Counts what is in flight (`telemetry.metrics`)."""

    in_flight: int


@dataclass(slots=True)
class Uncounted:
    in_flight: int = 0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds; the meaning of each is in the configuration reference."""

    connect: Seconds = 2.0
    request: Seconds = 30.0
    between_bytes: Seconds = 30.0
    client_body: Seconds = 10.0
    write: Seconds = 30.0
    slot: Seconds | None = None
    """The longest wait for a free connection; None: what is left of `request`."""
    tell: bytes = b""
    """Field, in lower case, that tells the upstream what is left; empty: none."""


@dataclass(slots=True)
class Tunnels:
    """Which upgrades a route lets through, and for how long.

    `idle` and `lifetime` are in seconds. `open` counts those in use now.
    """

    protocols: frozenset[bytes] = frozenset((b"websocket",))
    idle: Seconds = 600.0
    lifetime: Seconds = 86_400.0
    limit: int = 1000
    origins: frozenset[bytes] = frozenset()
    open: int = 0

    def accepts(self, request: RequestHead) -> bool:
        """Whether this is an upgrade that we pass on; else it is a plain request."""
        return (
            request.upgrade is not None
            and not request.has_body
            and (request.upgrade in self.protocols or b"*" in self.protocols)
        )

    def refusal(self, request: RequestHead) -> SidecarError | None:
        """Why an accepted upgrade may not go on now."""
        if self.origins and request.values.get(b"origin") not in self.origins:
            return OriginNotAllowed()
        if self.open >= self.limit:
            return TunnelsExhausted(retry_after=1.0)
        return None


@dataclass(frozen=True, slots=True)
class Route:
    """What a request that fits is given.

    `host` is what the upstream sees as Host: a fixed name, None for the client's
    own, or empty for the endpoint's authority.
    """

    name: str
    upstream: Upstream
    timeouts: Timeouts = Timeouts()
    host: bytes | None = None
    request_edits: Edits = NO_EDITS
    response_edits: Edits = NO_EDITS
    tunnels: Tunnels = field(default_factory=Tunnels)
    admission: Admission = OPEN
    cache: Cache = NO_CACHE
    permits: Permits = UNGUARDED
    retrying: Retrying = NEVER_AGAIN
    fallback: Fallback = NO_FALLBACK
    rendering: Rendering = AS_IT_IS
    gauge: Gauge = field(default_factory=Uncounted)


Routes = Sequence[Route]
