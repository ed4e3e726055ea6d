"""Downstream: one client's exchange, as the front doors offer it to the pipeline.

Two doors implement it (`server.reference`, `server.express`). Writing is
synchronous, so that what is known at once needs no await; `drained` is where
back-pressure waits. `server` closes the connection when `end` was told so, and
when the request body was not read to its end.
"""

from typing import Protocol

from sidecar.units import Bytes
from sidecar.upstream.tunnel import Tunnel


class Downstream(Protocol):
    peer: str
    """The socket peer's address without port; empty for a unix socket."""
    scheme: str
    """http or https, as this socket speaks."""

    @property
    def received(self) -> Bytes:
        """Request body bytes read so far."""

    @property
    def closed(self) -> bool:
        """The client is gone: nothing more can be sent."""

    @property
    def reusable(self) -> bool:
        """Whether, as known now, another request may follow on this connection.

        False when the client or a drain wants it closed, and while the request
        body was not read to its end.
        """

    def interim(self, head: bytes) -> None:
        """Send a 1xx head; dropped for HTTP/1.0 clients (RFC 9110 §15.2)."""

    def start(self, head: bytes, content: bytes = b"", *, close: bool = False) -> None:
        """Send the final response head and the first of its body, in one write.

        `close`: the connection ends with this response (the head says so).
        """

    def write(self, data: bytes) -> None: ...

    def end(self) -> None:
        """The response is complete."""

    def abort(self) -> None:
        """Break the connection: an unfinished response must look unfinished."""

    async def drained(self) -> None:
        """Return when more may be written.

        Raises:
            ClientGone: the connection closed, or stalled past `timeouts.write`.
        """

    @property
    def has_all(self) -> bool:
        """All of the request body is here, unread, and may be taken."""

    def take(self) -> bytes:
        """Return the request body, if `has_all` says so."""

    async def read(self) -> bytes:
        """Return the next bytes of the request body; empty at its end.

        The first call answers `Expect: 100-continue`.

        Raises:
            ContentTooLarge, RequestTimedOut, BadRequest, ClientGone
        """

    def tunnel(self, head: bytes, other: Tunnel) -> Tunnel:
        """Send `head` (101) and become a raw tunnel to `other`; our end of it."""
