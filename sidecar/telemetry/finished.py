"""Finished: what telemetry reads of an exchange when it is over.

`proxy.exchange.Exchange` has this shape; nothing is copied. Durations are in
seconds and None where that phase did not happen.
"""

from typing import Protocol

from sidecar.semantics.message import RequestHead
from sidecar.units import Bytes, Instant, Seconds


class Finished(Protocol):
    @property
    def request(self) -> RequestHead: ...

    @property
    def route(self) -> str: ...

    @property
    def client(self) -> str:
        """The client's address, after `trusted_proxies`; empty for a unix socket."""

    @property
    def scheme(self) -> str: ...

    @property
    def request_id(self) -> str: ...

    @property
    def trace_id(self) -> str:
        """32 hex digits."""

    @property
    def started(self) -> Instant: ...

    @property
    def ended(self) -> Instant: ...

    @property
    def status(self) -> int:
        """What the client was sent; 499 where it left before a head was sent."""

    @property
    def error(self) -> str | None:
        """`SidecarError.code` where we answered, or cut the response, ourselves."""

    @property
    def detail(self) -> str:
        """What the log may know of the error and the client may not."""

    @property
    def received(self) -> Bytes:
        """Request body bytes."""

    @property
    def sent(self) -> Bytes:
        """Response body bytes."""

    @property
    def upstream(self) -> str | None:
        """The upstream's name in the configuration; None: never asked."""

    @property
    def endpoint(self) -> str | None: ...

    @property
    def reused(self) -> bool:
        """The upstream connection had been used before."""

    @property
    def attempts(self) -> int: ...

    @property
    def waited(self) -> Seconds:
        """Waiting for what another request, worker or pod was fetching."""

    @property
    def queue(self) -> Seconds | None:
        """Waiting for a connection slot."""

    @property
    def connect(self) -> Seconds | None: ...

    @property
    def unanswered(self) -> Seconds:
        """At the upstream, in attempts of which no answer came, or none was used."""

    @property
    def first_byte(self) -> Seconds | None:
        """Request sent → response head."""

    @property
    def body(self) -> Seconds | None:
        """Response head → end of the response."""
