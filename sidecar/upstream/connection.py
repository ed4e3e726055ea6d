"""Connection: one connection to an endpoint, one exchange at a time.

    taken ──send──▶ exchanging ──release──▶ idle ──▶ taken …
      └───discard, failure, doubt─────────────┴──▶ closed

One may wait for the response (`response`, `read`) while another waits to send
(`drained`). Deadlines are swept, not timed (`policy.deadlines`). Whoever took
the connection calls `release` or `discard` at the end, and forgets it then.
"""

import asyncio
import socket
from collections.abc import Callable
from enum import Enum, auto
from typing import TypeAlias, cast

from sidecar.errors import (
    ConnectionLost,
    ResponseIncomplete,
    ResponseInvalid,
    ResponseStalled,
    ResponseTimedOut,
    UpstreamFailed,
)
from sidecar.policy.deadlines import Deadlines
from sidecar.semantics.message import ResponseHead
from sidecar.units import NEVER, Bytes, Instant, Seconds
from sidecar.upstream.endpoint import Endpoint
from sidecar.upstream.lifetime import Lifetime
from sidecar.upstream.response import Response
from sidecar.upstream.tunnel import Receiver, Tunnel

UNREAD: Bytes = 64 * 1024  # of a response, before the upstream is held back
UNSENT: Bytes = 64 * 1024  # of a request, before the client is

# One for all connections: what arrived is copied out before another is read.
_RECEIVED = memoryview(bytearray(UNREAD))

Interim: TypeAlias = Callable[[ResponseHead], None]


class State(Enum):
    OPENING = auto()
    TAKEN = auto()
    IDLE = auto()
    CLOSED = auto()


class Connection(asyncio.BufferedProtocol):
    """`due` is when the present wait ends: for a response, or idle in the pool.

    `got_bytes`: any byte of the response arrived, so the upstream has acted.
    `connect_time` is None on a reused connection.
    """

    __slots__ = (
        "_clock",
        "_deadlines",
        "_failure",
        "_lifetime",
        "_loop",
        "_opened",
        "_paused",
        "_reader",
        "_requested",
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
        self,
        endpoint: Endpoint,
        lifetime: Lifetime,
        deadlines: Deadlines,
        address: object,
    ) -> None:
        self.endpoint = endpoint
        self.address = address
        self.reused = False
        self.connect_time: Seconds | None = None
        self.queue_time: Seconds | None = None
        self.due = NEVER
        self._lifetime = lifetime
        self._deadlines = deadlines
        self._loop = asyncio.get_running_loop()
        self._clock = self._loop.time
        self._opened = Instant(self._clock())
        self._state = State.OPENING
        self._transport: asyncio.Transport
        self._tunnel: Tunnel | None = None
        self._response: Response | None = None
        self._failure: UpstreamFailed | None = None
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._requested = True
        self._writable = True
        self._paused = False

    # The exchange

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
        if self._state is State.TAKEN:
            self._transport.write(data)

    def request_done(self) -> None:
        """All of the request was written: the connection may serve again."""
        self._requested = True

    async def drained(self) -> None:
        """Return when more of the request may be written.

        Raises:
            ConnectionLost
        """
        while not self._writable and self._state is State.TAKEN:
            self._writer = self._loop.create_future()
            try:
                await self._writer
            finally:
                self._writer = None
        if self._state is not State.TAKEN:
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
            await self._news(due)

    def extend(self, due: Instant) -> None:
        """Move the deadline of a waiting `response`."""
        response = self._response
        if self._reader is not None and response is not None and response.head is None:
            self.due = due

    @property
    def got_bytes(self) -> bool:
        return self._response is not None and self._response.started

    @property
    def ended(self) -> bool:
        """The response is complete, and everything of it was taken."""
        response = self._response
        return response is not None and response.complete and not response.buffered

    def take(self) -> bytes:
        """The body bytes that are here, without waiting; empty if none are."""
        data = self._exchange().take()
        if self._paused and data:
            self._paused = False
            self._transport.resume_reading()
        return data

    async def read(self, silence: Seconds) -> bytes:
        """Return the next body bytes; empty at the end.

        Raises:
            ResponseStalled: no byte came for `silence`.
            ResponseIncomplete, ResponseInvalid
        """
        response = self._exchange()
        while True:
            data = self.take()
            if data or response.complete:
                return data
            await self._news(Instant(self._clock() + silence))

    def release(self) -> None:
        """Give the connection back; it is closed if there is the least doubt."""
        if self._state is not State.TAKEN:
            return
        now = Instant(self._clock())
        due = self._reusable_until(now)
        if due <= now:
            self.discard()
            return
        self._response = None
        self.due = due
        self._state = State.IDLE
        self.endpoint.pool.put(self)

    def discard(self) -> None:
        """Break off; harmless on one that was given back or closed."""
        if self._state is State.TAKEN:
            self._break(ConnectionLost("given up"))

    def tunnel(self, receiver: Receiver) -> Tunnel:
        """Leave HTTP after a 101: what comes goes to `receiver`, this end returns.

        What arrived behind the head is delivered first.
        """
        response = self._exchange()
        tail, response.tail, response.buffered = response.tail, b"", 0
        self._tunnel = Tunnel(self._transport, receiver)
        if tail:
            receiver.received(tail)
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        if self._state is not State.TAKEN:
            receiver.lost()
        return self._tunnel

    # The pool

    def opened(self, connect_time: Seconds) -> None:
        """Its slot became a connection, and somebody's own."""
        self.connect_time = connect_time
        if self._state is State.OPENING:
            self._state = State.TAKEN
        else:
            self.endpoint.pool.left(self)

    def taken(self, *, queue_time: Seconds = 0.0) -> bool:
        """Make it somebody's own; False if it died between pool and taker."""
        if self._state is not State.IDLE:
            return False
        self._state = State.TAKEN
        self.due = NEVER
        self.reused = True
        self.connect_time = None
        self.queue_time = queue_time
        return True

    def give_back(self) -> None:
        if self._state is State.IDLE:
            self.endpoint.pool.put(self)

    def close(self) -> None:
        """End an idle connection in good order."""
        if self._state is State.IDLE:
            self._leave()
            self._transport.close()

    def expire(self, now: Instant) -> None:
        """`policy.deadlines.Watched`"""
        self.due = NEVER
        if self._state is State.IDLE:
            self.close()
        elif self._reader is not None and self._response is not None:
            late = ResponseTimedOut if self._response.head is None else ResponseStalled
            self._break(late())

    # asyncio.BufferedProtocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(high=UNSENT)
        _tune(transport.get_extra_info("socket"))
        self._deadlines.watch(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        if self._response is None or not self._response.buffered:
            return _RECEIVED
        return _RECEIVED[: UNREAD - self._response.buffered]

    def buffer_updated(self, nbytes: int) -> None:
        if self._tunnel is not None:
            self._tunnel.receiver.received(bytes(_RECEIVED[:nbytes]))
            return
        response = self._response
        if response is None or self._state is not State.TAKEN:
            # Nobody asked: an answer to nothing would answer the next request.
            self._break(ResponseInvalid("bytes before the request"))
            return
        try:
            response.feed(_RECEIVED[:nbytes])
        except ResponseInvalid as error:
            self._break(error)
            return
        if response.buffered >= UNREAD or response.surplus:
            self._paused = True
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> bool:
        if self._tunnel is not None:
            return self._tunnel.eof_received()
        if self._response is not None and self._state is State.TAKEN:
            self._response.end()
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        self._deadlines.forget(self)
        if self._tunnel is not None:
            self._leave()
            self._tunnel.receiver.lost()
        elif self._state is not State.CLOSED:
            self._lost(str(exc) if exc else "closed")

    def pause_writing(self) -> None:
        self._writable = False
        if self._tunnel is not None:
            self._tunnel.receiver.pause()

    def resume_writing(self) -> None:
        self._writable = True
        if self._tunnel is not None:
            self._tunnel.receiver.resume()
        _wake(self._writer)

    # Inside

    def _exchange(self) -> Response:
        if self._response is None:
            raise ConnectionLost("no request was sent")
        return self._response

    async def _news(self, due: Instant) -> None:
        """Return when something arrived or ended.

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
            self.discard()
            raise
        finally:
            self._reader = None
            self.due = NEVER

    def _reusable_until(self, now: Instant) -> Instant:
        if not self._requested or self._paused or self._transport.is_closing():
            return now
        response = self._response
        if response is None:
            return self._lifetime.idle_until({}, self._opened, now)
        if response.buffered or not response.keep_alive or response.head is None:
            return now
        if self._transport.get_write_buffer_size():
            return now
        return self._lifetime.idle_until(response.head.values, self._opened, now)

    def _break(self, failure: UpstreamFailed) -> None:
        """Close at once, whatever is still under way."""
        self._transport.abort()
        self._fail(failure)

    def _lost(self, detail: str) -> None:
        response = self._response
        if response is not None and response.started:
            self._fail(ResponseIncomplete(detail))
        else:
            self._fail(ConnectionLost(detail))

    def _fail(self, failure: UpstreamFailed) -> None:
        if self._failure is None:
            self._failure = failure
        if self._response is not None:
            self._response.drop()
        self._leave()
        _wake(self._reader)
        _wake(self._writer)

    def _leave(self) -> None:
        state, self._state = self._state, State.CLOSED
        self.due = NEVER
        if state in (State.TAKEN, State.IDLE):
            self.endpoint.pool.left(self)


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _tune(sock: socket.socket | None) -> None:
    if sock is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
