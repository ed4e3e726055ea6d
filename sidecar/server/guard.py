"""Guard: the protocol between the transport and aiohttp's, in the reference door.

aiohttp has no deadline for a head or a body, no cap on a whole head, answers
malformed requests by echoing them, and re-frames upgrades. The guard sees every
byte first and keeps the deadlines; aiohttp gets a muzzled transport, for all that
reaches the client is written by us (docs/decisions/0002-a-guard-beneath-aiohttp.md).

    FRESH ─▶ HEAD ─▶ BUSY ─▶ IDLE ─▶ HEAD …      BUSY ─▶ TUNNEL
                 any of them ─▶ ENDING ─▶ CLOSED
"""

import asyncio
from collections.abc import Callable
from enum import Enum, auto
from typing import cast

from sidecar.errors import BadRequest, ClientGone, RequestRefused, RequestTimedOut
from sidecar.proxy.downstream import Tunnel
from sidecar.server.connections import peer_address
from sidecar.server.entrance import Entrance
from sidecar.server.gate import diagnose, is_well_begun
from sidecar.server.muzzle import Muzzle
from sidecar.server.outflow import Outflow
from sidecar.units import NEVER, Bytes, Instant, Seconds

RECEIVE_BUFFER: Bytes = 64 * 1024
# What we read and forget, after an answer that came before the request's end, so
# that the client sees the answer and not a reset (RFC 9112 §9.6).
LINGER: Seconds = 5.0
LINGER_BYTES: Bytes = 1024 * 1024
# A request may be on its way when we decide to close an idle connection.
QUIET: Seconds = 0.2

END_OF_HEAD = b"\r\n\r\n"


class State(Enum):
    FRESH = auto()
    HEAD = auto()
    BUSY = auto()
    IDLE = auto()
    TUNNEL = auto()
    ENDING = auto()
    CLOSED = auto()


OVER = (State.ENDING, State.CLOSED)


class Guard(asyncio.BufferedProtocol):
    __slots__ = (
        "_bytes_while_busy",
        "_head",
        "_head_ended",
        "_inner",
        "_lingered",
        "_other",
        "_quiet_since",
        "_read_due",
        "_refuse",
        "_view",
        "entrance",
        "on_body_late",
        "outflow",
        "peer",
        "read_all",
        "scheme",
        "state",
        "transport",
    )

    def __init__(
        self,
        entrance: Entrance,
        inner: asyncio.Protocol,
        refuse: Callable[["Guard", RequestRefused], None],
        view: memoryview,
    ) -> None:
        self.entrance = entrance
        self._inner = inner
        self._refuse = refuse
        self._view = view
        self._head = bytearray()
        self._head_ended = False
        self._bytes_while_busy = 0
        self._lingered = 0
        self._quiet_since = entrance.clock.now()
        self._other: Tunnel | None = None
        self._read_due = NEVER
        self.outflow = Outflow(entrance.clock, entrance.timeouts.write)
        self.on_body_late: Callable[[], None] | None = None
        self.read_all = False
        """Nothing of the request is left that the client might still send."""
        self.state = State.FRESH
        self.transport = cast("asyncio.Transport", None)
        self.peer = ""
        self.scheme = "http"

    # What the transport tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.outflow.connect(self.transport, RECEIVE_BUFFER)
        self.peer = peer_address(self.transport)
        if self.entrance.connections.enter(self, self.peer):
            self.state = State.ENDING
            self.transport.write(self.entrance.overload)
            self.transport.close()
            return
        self.entrance.deadlines.watch(self)
        self._enter(State.FRESH, self.entrance.timeouts.head)
        self._inner.connection_made(Muzzle(self, self.transport))

    def get_buffer(self, _sizehint: int, /) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        state = self.state
        if state in OVER:
            self._linger_on(nbytes)
            return
        data = bytes(self._view[:nbytes])
        if state is State.BUSY:
            self._bytes_while_busy += nbytes
        elif state is not State.TUNNEL and not self._head_may_grow(data):
            return
        self._inner.data_received(data)

    def eof_received(self) -> bool:
        if self.state is State.TUNNEL and self._other is not None:
            self._other.eof()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        was, self.state = self.state, State.CLOSED
        self.entrance.deadlines.forget(self)
        self.entrance.connections.leave(self, self.peer)
        self.outflow.lost()
        if was is State.TUNNEL and self._other is not None:
            self._other.lost()
        self._other = None
        self._inner.connection_lost(exc)

    def pause_writing(self) -> None:
        self.outflow.pause()
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        self.outflow.resume()
        if self._other is not None:
            self._other.resume()

    # What the deadlines tell us

    @property
    def due(self) -> Instant:
        return min(self._read_due, self.outflow.due)

    def expire(self, now: Instant) -> None:
        if self.outflow.due <= now:
            if self.outflow.is_stalled():
                self.abort()
        elif self.state is State.HEAD:
            self.refuse(RequestTimedOut())
        elif self.state is State.BUSY and self.on_body_late is not None:
            self._read_due = NEVER
            self.on_body_late()
        elif self.transport.is_closing():
            self.abort()
        else:
            self.close()

    # What the door tells us

    def busy(self) -> None:
        """A request head is complete; its exchange has begun."""
        self.read_all = False
        self._head.clear()
        self._head_ended = False
        self._bytes_while_busy = 0
        self._enter(State.BUSY, None)

    def idle(self, *, body: bool) -> None:
        """The exchange is over and another may follow; `body`: it had one."""
        if self.state is not State.BUSY:
            return
        timeouts = self.entrance.timeouts
        if self._bytes_while_busy and not body:
            # Another head has begun behind the last one.
            self._enter(State.HEAD, timeouts.head)
        else:
            self._enter(State.IDLE, timeouts.idle)

    def expect_body(self, patience: Seconds | None) -> None:
        """Call `on_body_late` after so long; None: the body came."""
        self._read_due = self._after(patience)

    def refuse(self, error: RequestRefused) -> None:
        """Answer what aiohttp did not understand, or did not get, and close."""
        if self.state in (*OVER, State.TUNNEL):
            return
        self._enter(State.BUSY, None)
        self._refuse(self, error)
        self.linger()

    def muzzled(self) -> None:
        """Answer for aiohttp, which tried to speak: it refused what it read."""
        head = bytes(self._head)
        self.refuse(diagnose(head, self.entrance.limits) if head else BadRequest())

    def inner_closed(self) -> None:
        """Close as aiohttp asks, or linger where the client may still send."""
        if self.read_all:
            self.close()
        else:
            self.linger()

    def tunnel(self, other: Tunnel) -> None:
        self._other = other
        self._enter(State.TUNNEL, None)

    async def drained(self) -> None:
        """Raises ClientGone where nobody reads any more."""
        if self.state is State.CLOSED:
            raise ClientGone
        await self.outflow.drained()

    def linger(self) -> None:
        """Send what is buffered and our end, then read until the client's."""
        if self.state in OVER:
            return
        if not self.transport.can_write_eof() or self.transport.is_closing():
            self.close()
            return
        self._enter(State.ENDING, LINGER)
        self.transport.write_eof()
        self.transport.resume_reading()

    def close(self) -> None:
        """Send what is buffered, for as long as any other write may take."""
        if self.state is not State.CLOSED:
            self._enter(State.ENDING, self.outflow.patience)
            self.transport.close()

    def abort(self) -> None:
        self.transport.abort()

    def close_if_idle(self) -> None:
        quiet = self.entrance.clock.now() - self._quiet_since
        if self.state in (State.FRESH, State.IDLE) and quiet >= QUIET:
            self.close()

    # How it is done

    def _enter(self, state: State, patience: Seconds | None) -> None:
        self.state = state
        self._quiet_since = self.entrance.clock.now()
        self._read_due = self._after(patience)

    def _after(self, patience: Seconds | None) -> Instant:
        if patience is None:
            return NEVER
        return Instant(self.entrance.clock.now() + patience)

    def _head_may_grow(self, data: bytes) -> bool:
        """Keep a head until its end, and no more of it; whether it is acceptable.

        What comes behind it before aiohttp has woken up is not looked at.
        """
        if self.state is not State.HEAD:
            self._enter(State.HEAD, self.entrance.timeouts.head)
        if self._head_ended:
            return True
        head, limits = self._head, self.entrance.limits
        searched = max(0, len(head) - len(END_OF_HEAD) + 1)
        head += data
        self._head_ended = head.find(END_OF_HEAD, searched) >= 0
        if self._head_ended:
            acceptable = is_well_begun(bytes(head))
        else:
            acceptable = len(head) <= limits.head
        if not acceptable:
            self.refuse(diagnose(bytes(head), limits))
        return acceptable

    def _linger_on(self, nbytes: int) -> None:
        self._lingered += nbytes
        if self._lingered > LINGER_BYTES:
            self.abort()
