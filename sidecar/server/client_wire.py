"""Client wire: the asyncio end of a client's connection, whichever the door.

It keeps the deadlines, the limits of how many may be connected, and the ways to
end. What the bytes mean is the subclass's.
"""

import asyncio
from typing import Final, cast

from sidecar.errors import ClientGone
from sidecar.server.client_state import (
    BUSY,
    CLOSED,
    ENDING,
    FRESH,
    HEAD,
    IDLE,
    OVER,
    TUNNEL,
    State,
)
from sidecar.server.connections import peer_address
from sidecar.server.entrance import Entrance
from sidecar.server.lingering import SILENCE, Lingering
from sidecar.server.outflow import Outflow
from sidecar.server.sockets import is_gone, reset
from sidecar.units import NEVER, Bytes, Instant, Seconds
from sidecar.upstream.tunnel import Tunnel

RECEIVE_BUFFER: Final[Bytes] = 64 * 1024
# A request may be on its way when we decide to close an idle connection.
QUIET: Final[Seconds] = 0.2
# How often a client that we do not read from is looked after.
LOOK: Final[Seconds] = 1.0


class ClientWire(asyncio.BufferedProtocol):
    """`view` is where bytes are received; one serves all connections of a door."""

    __slots__ = (
        "_held",
        "_lingering",
        "_other",
        "_quiet_since",
        "_read_due",
        "_view",
        "due",
        "entrance",
        "outflow",
        "peer",
        "scheme",
        "state",
        "transport",
    )

    def __init__(self, entrance: Entrance, view: memoryview) -> None:
        self.entrance = entrance
        self.outflow = Outflow(entrance.clock, entrance.timeouts.write)
        self.transport = cast("asyncio.Transport", None)
        self.state = FRESH
        self.peer = ""
        self.scheme = "http"
        self.due = self._read_due = NEVER
        self._quiet_since = entrance.clock.now()
        self._held = False
        self._lingering: Lingering | None = None
        self._other: Tunnel | None = None
        self._view = view

    # What the subclass does

    def _opened(self) -> None:
        """There is room for this connection."""

    def _received(self, data: bytes) -> None:
        raise NotImplementedError

    def _late(self) -> None:
        """A head or body did not come in time."""
        raise NotImplementedError

    def _closed(self, exc: Exception | None, *, was: State) -> None:
        """The connection is gone; also told of one that was never let in."""

    # What the transport tells us

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        entrance = self.entrance
        # uvloop's transports are none of asyncio's classes.
        self.transport = cast("asyncio.Transport", transport)
        self.outflow.connect(self.transport, RECEIVE_BUFFER)
        self.peer = peer_address(self.transport)
        if entrance.connections.enter(self, self.peer):
            self.state = ENDING
            self.transport.write(entrance.overload)
            self.transport.close()
            return
        entrance.deadlines.watch(self)
        self._enter(FRESH, entrance.timeouts.head)
        self._opened()

    def get_buffer(self, _sizehint: int, /) -> memoryview:
        return self._view

    def buffer_updated(self, nbytes: int) -> None:
        state = self.state
        if state is ENDING or state is CLOSED:
            self._forget(nbytes)
        elif self._other is not None:
            self._other.received(self._view[:nbytes].tobytes())
        else:
            self._received(self._view[:nbytes].tobytes())

    def eof_received(self) -> bool:
        if self.state is TUNNEL and self._other is not None:
            self._other.eof()
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        was, self.state = self.state, CLOSED
        self.entrance.deadlines.forget(self)
        self.entrance.connections.leave(self, self.peer)
        self.outflow.lost()
        other, self._other = self._other, None
        if other is not None:
            other.lost()
        self._closed(exc, was=was)

    def pause_writing(self) -> None:
        self.outflow.pause()
        self._reckon()
        if self._other is not None:
            self._other.pause()

    def resume_writing(self) -> None:
        self.outflow.resume()
        self._reckon()
        if self._other is not None:
            self._other.resume()

    # What the deadlines tell us

    def expire(self, now: Instant, /) -> None:
        if self.outflow.due <= now:
            if self.outflow.is_stalled():
                self.abort()
            self._reckon()
        elif self._read_due <= now:
            if self._held:
                self._look()
            elif self.state in (HEAD, BUSY):
                self._await(None)
                self._late()
            else:
                self.close()

    def _look(self) -> None:
        if is_gone(self.transport):
            self.abort()
        else:
            self._await(LOOK)

    # What drains and exchanges tell us

    def hold(self) -> None:
        """Read no more until `let_go`: what is here was not taken yet."""
        if not self._held and not self.transport.is_closing():
            self._held = True
            self.transport.pause_reading()
            self._await(LOOK)

    def let_go(self) -> None:
        if self._held:
            self._held = False
            self._await(None)
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def carry(self, other: Tunnel) -> None:
        """From now on what is received is `other`'s."""
        self._other = other
        self._enter(TUNNEL, None)

    async def drained(self) -> None:
        """Raises ClientGone where nobody reads any more."""
        if self.state is CLOSED:
            raise ClientGone
        await self.outflow.drained()

    def linger(self) -> None:
        """Send what is buffered and our end, then read until the client's."""
        if self.state in OVER:
            return
        if not self.transport.can_write_eof() or self.transport.is_closing():
            self.close()
            return
        self.let_go()
        self._enter(ENDING, SILENCE)
        self._lingering = Lingering(self._quiet_since)
        self.transport.write_eof()
        self.transport.resume_reading()

    def close(self) -> None:
        """Send what is buffered, for as long as the client takes some of it."""
        if self.state is CLOSED:
            return
        self._enter(ENDING, None)
        if not self.outflow.blocked:
            self.outflow.pause()
            self._reckon()
        self.transport.close()

    def abort(self) -> None:
        """Break off, for the client to see that it is not the end."""
        reset(self.transport)

    def close_if_idle(self) -> None:
        quiet = self.entrance.clock.now() - self._quiet_since
        if quiet < QUIET:
            return
        if self.state in (FRESH, IDLE):
            self.close()
        elif self.state is ENDING and not self.outflow.blocked:
            self.transport.close()

    # How it is done

    def _forget(self, nbytes: Bytes) -> None:
        if (lingering := self._lingering) is None:
            return
        now = self.entrance.clock.now()
        self._quiet_since = self._await(lingering.forget(nbytes, now))
        if lingering.is_enough:
            self.transport.pause_reading()

    def _enter(self, state: State, patience: Seconds | None) -> None:
        self.state = state
        self._quiet_since = self._await(patience)

    def _await(self, patience: Seconds | None, now: Instant | None = None) -> Instant:
        now = now or self.entrance.clock.now()
        self._read_due = NEVER if patience is None else Instant(now + patience)
        self._reckon()
        return now

    def _reckon(self) -> None:
        due = self.outflow.due
        self.due = self._read_due if due == NEVER else min(self._read_due, due)
