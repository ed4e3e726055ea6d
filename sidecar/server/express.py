"""The express door: one connection, from its bytes to the pipeline and back.

Our own protocol on the event loop, with the gate behind it, and the `Downstream` of its
exchanges itself. A task, a future or a timer is only where something takes time.

Heads are parsed one at a time: what is pipelined behind a request waits, as bytes,
until that is answered, and no more is read than one buffer of it.
"""

import asyncio

from sidecar.errors import ClientGone, RequestRefused, RequestTimedOut, SidecarError
from sidecar.proxy.passage import Passage
from sidecar.proxy.pipeline import Pipeline
from sidecar.semantics.message import RequestHead
from sidecar.server.client_state import BUSY, CLOSED, HEAD, IDLE, OVER, TUNNEL, State
from sidecar.server.client_wire import RECEIVE_BUFFER, ClientWire
from sidecar.server.entrance import Entrance
from sidecar.server.request_body import CONTINUE, NO_BODY, RequestBody
from sidecar.server.request_parser import LINE_END, next_head, outline
from sidecar.server.sockets import send
from sidecar.units import Bytes, Instant
from sidecar.upstream.tunnel import End, Tunnel


class Express(ClientWire):
    __slots__ = (
        "_body",
        "_body_patience",
        "_head",
        "_keep_alive",
        "_owes_continue",
        "_passage",
        "_pipeline",
        "_reader",
        "_rest",
    )

    def __init__(
        self, pipeline: Pipeline, entrance: Entrance, view: memoryview
    ) -> None:
        super().__init__(entrance, view)
        self._pipeline = pipeline
        self._rest = b""
        """Received and not looked at: a head's beginning, or what is pipelined."""
        self._head: RequestHead | None = None
        self._body = NO_BODY
        self._body_patience = entrance.timeouts.head
        self._owes_continue = False
        self._keep_alive = False
        self._reader: asyncio.Future[None] | None = None
        self._passage: Passage | None = None

    def _received(self, data: bytes) -> None:
        if self.state is not BUSY:
            self._read_heads(self._rest + data if self._rest else data)
            return
        self._rest += data
        if not self._body.complete:
            self._feed_body()
        if len(self._rest) + self._body.buffered >= RECEIVE_BUFFER:
            self.hold()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self.state in (IDLE, HEAD):
            self.let_go()
            data, self._rest = self._rest, b""
            self._read_heads(data)

    def _late(self) -> None:
        if self.state is HEAD:
            self._refuse(RequestTimedOut(), self._rest)
        else:
            self._wake(RequestTimedOut())

    def _closed(self, _exc: Exception | None, *, was: State) -> None:
        # A tunnel ends by itself; cancelled, it would look as if cut off.
        if self._passage is not None and was is not TUNNEL:
            self._passage.cancel()

    # Downstream

    @property
    def closed(self) -> bool:
        return self.transport.is_closing()

    @property
    def received(self) -> Bytes:
        return self._body.received

    @property
    def reusable(self) -> bool:
        body = self._body
        return self._keep_alive and body.complete and not self.entrance.draining

    def interim(self, head: bytes) -> None:
        if self._head is not None and self._head.minor:
            self.transport.write(head)

    def start(self, head: bytes, content: bytes = b"", *, close: bool = False) -> None:
        if close:
            self._keep_alive = False
        send(self.transport, head, content)

    def write(self, data: bytes) -> None:
        self.transport.write(data)

    def end(self) -> None:
        """The exchange is over when the pipeline says so."""

    def abort(self) -> None:
        self._keep_alive = False
        super().abort()

    @property
    def has_all(self) -> bool:
        return self._body.complete

    def take(self) -> bytes:
        return self._body.take()

    async def read(self) -> bytes:
        body = self._body
        while True:
            if body.flaw is not None:
                raise body.flaw
            data = body.take()
            if data or body.complete:
                self.let_go()
                return data
            if self.state is CLOSED:
                raise ClientGone
            await self._more()

    def tunnel(self, head: bytes, other: Tunnel) -> Tunnel:
        self.transport.write(head)
        self.carry(other)
        rest, self._rest = self._rest, b""
        if rest:
            other.received(rest)
        self.let_go()
        return End(self.transport, self.close)

    # How it is done

    def _read_heads(self, data: bytes) -> None:
        """Serve the requests in `data`, one after the other, as far as it goes."""
        while data:
            if self.outflow.blocked:
                # Who does not take the answers gets no more of them.
                self._rest = data
                self.hold()
                return
            head, end = next_head(data, self.entrance.limits)
            if head is None:
                self._rest = data
                if self.state is not HEAD and not LINE_END.startswith(data):
                    self._enter(HEAD, self.entrance.timeouts.head)
                return
            self._rest = data[end:]
            if isinstance(head, RequestHead):
                self._serve(head)
            else:
                self._refuse(head, data[:end])
            if self.state is not IDLE:
                return
            data, self._rest = self._rest, b""

    def _serve(self, head: RequestHead) -> None:
        self._head = head
        self._keep_alive = head.keep_alive
        self.state = BUSY
        if head.has_body:
            self._body = RequestBody(head, self.entrance.limits.body)
            self._owes_continue = head.expects_continue
            self._feed_body()
        else:
            self._body = NO_BODY
        exchange = self._pipeline.begin(head, self)
        timeouts = exchange.served_by.timeouts
        self.outflow.patience = timeouts.write
        self._body_patience = timeouts.client_body
        if self._pipeline.answer(exchange):
            self._finish(exchange.ended)
        else:
            self._await(None, exchange.started)  # no deadline was looked at yet
            self._passage = Passage(self._pipeline, exchange, self._over)

    def _over(self) -> None:
        self._passage = None
        self._finish(self.entrance.clock.now())
        if self.state is IDLE and self._rest:
            data, self._rest = self._rest, b""
            self._read_heads(data)

    def _finish(self, now: Instant) -> None:
        """The exchange is over: wait for another, or close."""
        if self.state is TUNNEL:
            self.close()
        elif self.state is not BUSY:
            return
        elif self._keep_alive and self._body.complete:
            if self._held:
                self.let_go()
            self.state = IDLE
            self._quiet_since = self._await(self.entrance.timeouts.idle, now)
        elif self._body.complete and not self._rest:
            self.close()
        else:
            self._rest = b""
            self.linger()

    def _refuse(self, error: RequestRefused, raw: bytes) -> None:
        if self.state in OVER:
            return
        self._head, self._body = None, NO_BODY
        self._keep_alive = False
        self._enter(BUSY, None)
        self._pipeline.refuse(self, error, outline(raw))
        self._rest = b""
        self.linger()

    def _feed_body(self) -> None:
        self._rest = self._body.feed(self._rest)
        self._wake()

    async def _more(self) -> None:
        """Return when more of the body arrived, or raise that it did not in time."""
        if self._owes_continue:
            self._owes_continue = False
            if not self._body.received:
                self.transport.write(CONTINUE)
        self._await(self._body_patience)
        self._reader = asyncio.get_running_loop().create_future()
        try:
            await self._reader
        finally:
            self._reader = None
            if self.state is BUSY:
                self._await(None)

    def _wake(self, error: SidecarError | None = None) -> None:
        reader = self._reader
        if reader is None or reader.done():
            return
        if error is None:
            reader.set_result(None)
        else:
            reader.set_exception(error)
