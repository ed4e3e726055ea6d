"""Guard: the protocol between the transport and aiohttp's, in the reference door.

aiohttp has no deadline for a head or a body, no cap on a whole head, answers
malformed requests by echoing them, and re-frames upgrades. The guard sees every
byte first and keeps the deadlines; aiohttp gets a muzzled transport, for all that
reaches the client is written by us (docs/decisions/0002-a-guard-beneath-aiohttp.md).
"""

import asyncio
from collections.abc import Callable

from sidecar.errors import RequestRefused, RequestTimedOut
from sidecar.semantics.message import RequestHead
from sidecar.server.arrival import Arrival
from sidecar.server.client_state import OVER, State
from sidecar.server.client_wire import (
    RECEIVE_BUFFER,
    ClientWire,
)
from sidecar.server.entrance import Entrance
from sidecar.server.muzzle import Muzzle
from sidecar.units import Seconds


class Guard(ClientWire):
    __slots__ = ("_inner", "_refuse", "arrival", "on_body", "read_all")

    def __init__(
        self,
        entrance: Entrance,
        inner: asyncio.Protocol,
        refuse: Callable[["Guard", RequestRefused], None],
        view: memoryview,
    ) -> None:
        super().__init__(entrance, view)
        self._inner = inner
        self._refuse = refuse
        self.arrival = Arrival(entrance.limits)
        self.on_body: Callable[[RequestRefused | None], None] | None = None
        """Told that more of the body came, or why no more will."""
        self.read_all = False
        """Nothing of the request is left that the client might still send."""

    # What the wire tells us

    def _opened(self) -> None:
        self._inner.connection_made(Muzzle(self, self.transport))

    def _received(self, data: bytes) -> None:
        self.arrival.feed(data)
        if self.state is not State.BUSY:
            self._next_head()
            return
        # What comes before the head was judged is handed on by `busy`.
        if self.arrival.judged:
            self._pass_body_on()
        elif self.arrival.waiting >= RECEIVE_BUFFER:
            self.hold()

    def _late(self) -> None:
        if self.state is State.HEAD or not self.arrival.judged:
            self.refuse(RequestTimedOut())
        elif self.on_body is not None:
            self.on_body(RequestTimedOut())

    def _closed(self, exc: Exception | None, *, was: State) -> None:
        if was is State.TUNNEL:
            # The tunnel ends by itself; aiohttp would cancel it, as if cut off.
            loop = asyncio.get_running_loop()
            loop.call_soon(self._inner.connection_lost, exc)
        else:
            self._inner.connection_lost(exc)

    # What the door tells us

    def parsed(self) -> None:
        """A request was made of the head that aiohttp was given."""
        if self.state is State.BUSY:
            self._await(None)

    def busy(self, head: RequestHead | None) -> bool:
        """A request head is complete, or refused; whether it may be answered."""
        if self.state in OVER:
            return False
        self.arrival.taken(head)
        self.let_go()
        self._pass_body_on()
        return True

    def idle(self) -> None:
        """The exchange is over and another may follow, or has begun already."""
        if self.state is not State.BUSY:
            return
        self.on_body = None
        self._enter(State.IDLE, self.entrance.timeouts.idle)
        self.let_go()
        self._next_head()

    def expect_body(self, patience: Seconds | None) -> None:
        """Tell `on_body` after so long that it is late; None: the body came."""
        if self.state is State.BUSY:
            self._await(patience)

    def refuse(self, error: RequestRefused) -> None:
        """Answer what aiohttp did not understand, or did not get, and close."""
        if self.state in OVER or self.state is State.TUNNEL:
            return
        self.read_all = False
        self._enter(State.BUSY, None)
        self._refuse(self, error)
        self.linger()

    # What the muzzle tells us

    def muzzled(self) -> None:
        """Answer for aiohttp, which tried to speak: it refused what it read.

        While a request is served only a defect of ours makes it speak, and what
        the client was sent is not known.
        """
        if self.arrival.judged:
            self.abort()
        else:
            self.refuse(self.arrival.diagnosis())

    def inner_closed(self) -> None:
        """Close as aiohttp asks, or linger where the client may still send."""
        if self.read_all and not self.arrival.behind:
            self.close()
        else:
            self.linger()

    def _next_head(self) -> None:
        """Hand the next head on, if it is here, or refuse what cannot become one."""
        head = self.arrival.next_head()
        if isinstance(head, RequestRefused):
            self.refuse(head)
        elif head is not None:
            self.read_all = False
            # Until aiohttp says that it makes something of it.
            self._enter(State.BUSY, self.entrance.timeouts.head)
            self._inner.data_received(head)
        elif self.state is not State.HEAD and self.arrival.begun:
            self._enter(State.HEAD, self.entrance.timeouts.head)

    def _pass_body_on(self) -> None:
        """Hand on what is here of the body that is arriving."""
        if content := self.arrival.content():
            self._inner.data_received(content)
        body = self.arrival.body
        if body is not None and self.on_body is not None:
            self.on_body(body.flaw)
        if self.arrival.waiting >= RECEIVE_BUFFER:
            self.hold()
