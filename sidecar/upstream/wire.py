"""Wire: the asyncio end of an upstream connection, and its place in the pool.

What arrives goes into the `Response` of the exchange; nothing may arrive when
there is none. Every state but `opening` holds a slot of the pool, which goes
back exactly once, on the way to `closed`.
"""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias, cast

from sidecar.errors import (
    ConnectionLost,
    ResponseIncomplete,
    UpstreamFailed,
)
from sidecar.policy.deadlines import Deadlines
from sidecar.units import NEVER, Bytes, Instant, Seconds
from sidecar.upstream.endpoint import Endpoint
from sidecar.upstream.sockets import Ending, tune
from sidecar.upstream.wire_state import CLOSED, IDLE, OPENING, TAKEN

if TYPE_CHECKING:
    from sidecar.upstream.response import Response
    from sidecar.upstream.tunnel import Tunnel

UNSENT: Final[Bytes] = 64 * 1024  # of a request, before the client is

Listener: TypeAlias = Callable[[], None]


class Wire(asyncio.BufferedProtocol):
    """`due` is when the present wait ends: for a response, or idle in the pool.

    `address` is the one of the endpoint's addresses that was connected to.
    `connect_time` is None on a reused connection.
    """

    __slots__ = (
        "_deadlines",
        "_ending",
        "_failure",
        "_listener",
        "_loop",
        "_opened",
        "_paused",
        "_reader",
        "_response",
        "_state",
        "_transport",
        "_tunnel",
        "_writable",
        "_writer",
        "address",
        "connect_time",
        "due",
        "endpoint",
        "queue_time",
        "reused",
    )

    def __init__(
        self, endpoint: Endpoint, address: object, deadlines: Deadlines
    ) -> None:
        self.endpoint = endpoint
        self.address = address
        self.reused = False
        self.connect_time: Seconds | None = None
        self.queue_time: Seconds = 0.0
        self.due = NEVER
        self._deadlines = deadlines
        self._ending: Ending | None = None
        self._loop = asyncio.get_running_loop()
        self._opened = Instant(self._loop.time())
        self._state = OPENING
        self._transport: asyncio.Transport
        self._tunnel: Tunnel | None = None
        self._response: Response | None = None
        self._failure: UpstreamFailed | None = None
        self._listener: Listener | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._writable = True
        self._paused = False

    # The pool

    def opened(self, connect_time: Seconds) -> None:
        """Its slot became a connection, and somebody's own."""
        self.connect_time = connect_time
        if self._state is OPENING:
            self._state = TAKEN
            self._deadlines.watch(self)
        else:
            self.endpoint.pool.left(self)

    def taken(self, *, sure: bool, queue_time: Seconds = 0.0) -> bool:
        """Make it somebody's own; False if it died between pool and taker.

        `sure`: also if it ended and the loop has not got to it yet.
        """
        if self._state is not IDLE:
            return False
        if self._transport.is_closing():
            # asyncio tells `connection_lost` one turn of the loop too late.
            self._leave()
            return False
        if sure and self._has_ended():
            self.close()
            return False
        self._state = TAKEN
        self.due = NEVER
        self.reused = True
        self.connect_time = None
        self.queue_time = queue_time
        return True

    def _has_ended(self) -> bool:
        if self._ending is None:
            self._ending = Ending(self._transport)
        return self._ending.is_here()

    def give_back(self) -> None:
        if self._state is IDLE:
            self.endpoint.pool.put(self)

    def close(self) -> None:
        """End an idle connection in good order."""
        if self._state is IDLE:
            self._leave()
            self._transport.close()

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=UNSENT)
        tune(transport.get_extra_info("socket"))
        # `opened` has it watched: of one whose dialer left meanwhile uvloop never says
        # that it is lost.

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadlines.forget(self)
        if self._tunnel is not None:
            self._leave()
            self._tunnel.lost()
        elif self._state is not CLOSED:
            if exc is not None:
                self._hear_out()
            self._lost(str(exc) if exc else "closed by the upstream")

    def pause_writing(self) -> None:
        self._writable = False
        if self._tunnel is not None:
            self._tunnel.pause()

    def resume_writing(self) -> None:
        self._writable = True
        if self._tunnel is not None:
            self._tunnel.resume()
        wake(self._writer)

    # What the subclass does

    def nudge(self) -> None:
        """Something arrived, or nothing more will, or it is time to look again."""
        raise NotImplementedError

    def _hear_out(self) -> None:
        """Read what came before a write failed: why the upstream wants no more."""
        raise NotImplementedError

    def expire(self, now: Instant) -> None:
        """`due` has passed; what that means is the exchange's to say."""
        raise NotImplementedError

    # Endings

    def _break(self, failure: UpstreamFailed) -> None:
        """Close at once, whatever is still under way."""
        self._transport.abort()
        self._fail(failure)

    def _lost(self, detail: str) -> None:
        if self._response is not None and self._response.started:
            self._fail(ResponseIncomplete(detail))
        else:
            self._fail(ConnectionLost(detail))

    def _fail(self, failure: UpstreamFailed) -> None:
        self._failure = failure
        self._leave()
        self.nudge()
        wake(self._writer)

    def _leave(self) -> None:
        state, self._state = self._state, CLOSED
        self.due = NEVER
        if state in (TAKEN, IDLE):
            self.endpoint.pool.left(self)


def wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)
