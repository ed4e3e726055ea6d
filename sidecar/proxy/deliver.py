"""Deliver: the response to the client, from the upstream or from ourselves.

After a head is out an error cannot become a response: whoever calls breaks the
connection then. A relay that comes up short never ends cleanly.
"""

import asyncio

from sidecar.proxy.answer import Answer
from sidecar.proxy.body import LAST_CHUNK, chunk
from sidecar.proxy.clock import Clock
from sidecar.proxy.downstream import Downstream
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetched import Fetched
from sidecar.proxy.gathering import gathered
from sidecar.proxy.looked_up import Ready
from sidecar.proxy.rendering import UNCHANGED, Flow
from sidecar.semantics.forwarding import response_head
from sidecar.semantics.framing import is_bodiless
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.plain_forwarding import (
    is_plain_response,
    plain_answer_head,
    plain_response_head,
)


class Deliverer:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def answer(self, exchange: Exchange, answer: Answer) -> None:
        """Send what is known at once; no await."""
        status, content = answer.status, answer.content
        request, edits = exchange.request, exchange.served_by.response_edits
        bodiless = is_bodiless(status, request.method)
        close = answer.close or not exchange.downstream.reusable
        if request.minor and not (close or edits.names):
            raw = plain_answer_head(
                status,
                answer.fields,
                length=len(content),
                date=self._clock.date(),
                request_id=exchange.id,
            )
        else:
            raw = response_head(
                ResponseHead(status, b"", 1, answer.fields, {}, bodiless=bodiless),
                minor=request.minor,
                close=close,
                length=len(content),
                chunked=False,
                date=self._clock.date(),
                request_id=exchange.id,
                edits=edits,
            )
        self._begin(exchange, status, raw, b"" if bodiless else content, close=close)
        exchange.downstream.end()

    def ready(self, exchange: Exchange, ready: Ready) -> None:
        """Send what is stored, as it is."""
        downstream = exchange.downstream
        close = not downstream.reusable
        if close:
            tail = b"Connection: close\r\n\r\n"
        elif exchange.request.minor:
            tail = b"\r\n"
        else:
            tail = b"Connection: keep-alive\r\n\r\n"
        content = ready.content
        downstream.start(ready.head + tail, content, close=close)
        downstream.end()
        exchange.head_sent = True
        exchange.status = ready.status
        exchange.sent = len(content)

    def whole(self, exchange: Exchange, head: ResponseHead, content: bytes) -> None:
        """Send a response that is all here: one write, and a length for everybody."""
        rendering = exchange.served_by.rendering
        self._send(exchange, *rendering.whole(exchange, head, content))
        exchange.body = exchange.body or 0.0

    async def relay(self, exchange: Exchange, fetched: Fetched) -> None:
        """Send the upstream's response, as it comes.

        Raises:
            SidecarError: how it broke off; `exchange.head_sent` says whether the
            client saw any of it.
        """
        head, connection = fetched.head, fetched.connection
        rendering, began = exchange.served_by.rendering, self._clock.now()
        is_whole = connection.whole() is not None
        patience = None if is_whole else rendering.collects(exchange, head)
        if patience is None:
            content = connection.take()
        else:
            content = await gathered(exchange, connection, head, patience, self._clock)
            is_whole = connection.ended
        exchange.body = self._clock.now() - began
        if not is_whole:
            try:
                await self._stream(exchange, fetched, content)
            finally:
                exchange.body = self._clock.now() - began
        elif rendering.takes_time(exchange, head, len(content)):
            later = await rendering.whole_later(exchange, head, content)
            self._send(exchange, *later)
        else:
            self._send(exchange, *rendering.whole(exchange, head, content))
        await fetched.finish()

    def _send(self, exchange: Exchange, head: ResponseHead, content: bytes) -> None:
        length = head.content_length if head.bodiless else len(content)
        self._start(exchange, head, content, length=length)
        exchange.downstream.end()

    async def _stream(
        self, exchange: Exchange, fetched: Fetched, content: bytes
    ) -> None:
        head, flow = exchange.served_by.rendering.stream(exchange, fetched.head)
        if head.bodiless:
            # The client has it already: nobody reads the rest.
            self._send(exchange, head, b"")
            return
        try:
            await self._flow(exchange, fetched, head, flow or UNCHANGED, content)
        finally:
            if flow is not None:
                flow.close()
        exchange.downstream.end()

    async def _flow(
        self,
        exchange: Exchange,
        fetched: Fetched,
        head: ResponseHead,
        flow: Flow,
        content: bytes,
    ) -> None:
        connection, downstream = fetched.connection, exchange.downstream
        length = head.content_length
        chunked = length is None and exchange.request.minor > 0
        frame = chunk if chunked else bytes
        pieces = iter(flow.pieces(content))
        first = next(pieces, b"")
        self._start(
            exchange,
            head,
            frame(first) if first else b"",
            close=not (chunked or length is not None),
            length=length,
            chunked=chunked,
        )
        exchange.sent = len(first)
        silence = exchange.served_by.timeouts.between_bytes
        for piece in pieces:
            await self._turn(downstream)
            exchange.sent += len(piece)
            downstream.write(frame(piece))
        while not connection.ended:
            await downstream.drained()
            content = await connection.read(silence)
            if not content:
                break
            for at, piece in enumerate(flow.pieces(content)):
                if at:
                    await self._turn(downstream)
                exchange.sent += len(piece)
                downstream.write(frame(piece))
        if last := flow.finish():
            exchange.sent += len(last)
            downstream.write(frame(last))
        if chunked:
            downstream.write(LAST_CHUNK)

    async def _turn(self, downstream: Downstream) -> None:
        """Let others run, however fast the client takes what expands."""
        await asyncio.sleep(0)
        await downstream.drained()

    def _start(  # noqa: PLR0913 (the parts of one message)
        self,
        exchange: Exchange,
        head: ResponseHead,
        content: bytes,
        *,
        close: bool = False,
        length: int | None,
        chunked: bool = False,
    ) -> None:
        close = close or not exchange.downstream.reusable
        edits = exchange.served_by.response_edits
        minor = exchange.request.minor
        if minor and not (close or chunked or edits.names) and is_plain_response(head):
            date = b"" if b"date" in head.values else self._clock.date()
            raw = plain_response_head(
                head, length=length, date=date, request_id=exchange.id
            )
        else:
            raw = response_head(
                head,
                minor=minor,
                close=close,
                length=length,
                chunked=chunked,
                date=self._clock.date(),
                request_id=exchange.id,
                edits=edits,
            )
        self._begin(exchange, head.status, raw, content, close=close)

    def _begin(
        self, exchange: Exchange, status: int, raw: bytes, body: bytes, *, close: bool
    ) -> None:
        if exchange.extra or exchange.cache_status:
            # Before the empty line; what is stored of the response is without it.
            raw = b"%b%b%b\r\n" % (raw[:-2], exchange.extra, exchange.cache_status)
        exchange.downstream.start(raw, body, close=close)
        exchange.head_sent = True
        exchange.status = status
        exchange.sent = len(body)
