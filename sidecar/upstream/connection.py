"""Connection: an upstream connection as its taker sees it, one exchange at a time.

    send · write · request_done          the request, with `drained` in between
    response · read · take               the response
    release | discard | tunnel           exactly one of them ends it

One may wait for the response while another waits to send. Deadlines are swept,
not timed (`policy.deadlines`). After `release` or `discard` the connection may
be somebody else's: forget it.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeAlias

from sidecar.errors import ConnectionLost, ResponseStalled, ResponseTimedOut
from sidecar.policy.deadlines import Deadlines
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Instant, Seconds
from sidecar.upstream.arrivals import Arrivals
from sidecar.upstream.endpoint import Endpoint
from sidecar.upstream.lifetime import Lifetime
from sidecar.upstream.response import Response
from sidecar.upstream.tunnel import End, Tunnel
from sidecar.upstream.wire_state import IDLE, TAKEN

Interim: TypeAlias = Callable[[ResponseHead], None]

_OK: Final = 200

# What a tunnel had still to send when the client left may take so long.
FAREWELL: Final[Seconds] = 5.0


class Connection(Arrivals):
    __slots__ = ("_lifetime", "_requested")

    def __init__(
        self,
        endpoint: Endpoint,
        address: object,
        deadlines: Deadlines,
        lifetime: Lifetime,
    ) -> None:
        super().__init__(endpoint, address, deadlines)
        self._lifetime = lifetime
        self._requested = True

    def send(
        self, method: bytes, head: bytes, content: bytes = b"", *, upgrade: bool = False
    ) -> None:
        """Begin an exchange: the request's head, and what of its body is there.

        `upgrade`: the request asks to switch protocols, so a 101 may come.
        """
        self._response = Response(method, upgrade=upgrade)
        self._requested = False
        self.write(head + content if content else head)

    def write(self, data: bytes) -> None:
        """Send more of the request, as framed by the caller."""
        # A closed transport of uvloop raises.
        if self._state is TAKEN and not self._transport.is_closing():
            self._transport.write(data)

    def request_done(self) -> None:
        """All of the request was written: the connection may serve again."""
        self._requested = True

    async def drained(self) -> None:
        """Return when more of the request may be written.

        Raises:
            ConnectionLost
        """
        while not self._writable and self._state is TAKEN:
            self._writer = self._loop.create_future()
            try:
                await self._writer
            finally:
                self._writer = None
        if self._state is not TAKEN:
            raise ConnectionLost("closed while the request was sent")

    async def response(
        self, due: Instant, interim: Interim | None = None
    ) -> ResponseHead:
        """Return the final response head; `interim` is told of those before it.

        Raises:
            ResponseTimedOut: `due` passed.
            ConnectionLost: not a byte came.
            ResponseIncomplete, ResponseInvalid
        """
        response = self._exchange()
        while True:
            if response.interims:
                interims, response.interims = response.interims, []
                for head in interims:
                    if interim is not None:
                        interim(head)
            if response.head is not None:
                return response.head
            # `extend` may have moved it since.
            due = await self._news(due)

    def extend(self, due: Instant) -> None:
        """Move the deadline of a waiting `response`."""
        response = self._response
        if self._reader is not None and response is not None and response.head is None:
            self.due = due

    async def read(self, silence: Seconds, until: Instant = NEVER) -> bytes:
        """Return the next body bytes; empty at the end, or at `until` and a `nudge`.

        Raises:
            ResponseStalled: no byte came for `silence`.
            ResponseIncomplete, ResponseInvalid
        """
        response = self._exchange()
        while True:
            data = self.take()
            if data or response.complete or (now := self._loop.time()) >= until:
                return data
            await self._news(Instant(now + silence))

    def release(self) -> None:
        """Give the connection back; it is closed if there is the least doubt."""
        if self._state is not TAKEN:
            return
        now = Instant(self._loop.time())
        due = self._reusable_until(now)
        if due <= now:
            self.discard()
            return
        self._response = None
        self.due = due
        self._state = IDLE
        self.endpoint.pool.put(self)

    def discard(self) -> None:
        """Break off; harmless on one that was given back or closed."""
        self._listener = None
        if self._state is TAKEN:
            self._break(ConnectionLost("given up"))

    def tunnel(self, receiver: Tunnel) -> Tunnel:
        """Leave HTTP after a 101: what comes goes to `receiver`, this end returns.

        What arrived behind the head is delivered first.
        """
        tail = self._exchange().take_tail()
        self._tunnel = receiver
        if tail:
            receiver.received(tail)
        if self._state is TAKEN:
            self._resume()
        else:
            receiver.lost()
        return End(self._transport, self._say_farewell)

    def expire(self, now: Instant) -> None:  # noqa: ARG002
        self.due = NEVER
        if self._state is IDLE:
            self.close()
        elif self._tunnel is not None:
            self._transport.abort()
        elif self._response is not None and (self._reader or self._listener):
            late = ResponseTimedOut if self._response.head is None else ResponseStalled
            self._break(late())

    async def _news(self, due: Instant) -> Instant:
        """Return when something arrived or ended; `due`, or what it was moved to.

        Raises:
            UpstreamFailed: nothing more will.
        """
        if self._failure is not None:
            raise self._failure
        self._reader = self._loop.create_future()
        self.due = due
        try:
            await self._reader
        except asyncio.CancelledError:
            # An exchange that nobody waits for any more is of no use to anybody.
            self.discard()
            raise
        else:
            return self.due
        finally:
            self._reader = None
            self.due = NEVER

    def _reusable_until(self, now: Instant) -> Instant:
        """Until when it may wait in the pool; `now`: not at all."""
        transport, response = self._transport, self._response
        if not self._requested or self._paused or transport.is_closing():
            return now
        if response is None:
            return self._lifetime.idle_until({}, self._opened, now)
        if response.buffered or response.head is None or not response.keep_alive:
            return now
        if transport.get_write_buffer_size():
            return now
        return self._lifetime.idle_until(response.head.values, self._opened, now)

    def _say_farewell(self) -> None:
        self.due = Instant(self._loop.time() + FAREWELL)
        self._transport.close()
