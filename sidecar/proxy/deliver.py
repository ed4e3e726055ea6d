"""Deliver: the response to the client, from the upstream or from ourselves.

After a head is out an error cannot become a response: whoever calls breaks the
connection then. A relay that comes up short never ends cleanly.
"""

from sidecar.proxy.answer import Answer
from sidecar.proxy.body import LAST_CHUNK, chunk
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.fetch import Fetched
from sidecar.semantics.forwarding import response_head
from sidecar.semantics.framing import is_bodiless
from sidecar.semantics.message import ResponseHead


class Deliverer:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def answer(self, exchange: Exchange, answer: Answer) -> None:
        """Send what is known at once; no await."""
        content = answer.content
        bodiless = is_bodiless(answer.status, exchange.request.method)
        head = ResponseHead(answer.status, b"", 1, answer.fields, {}, bodiless=bodiless)
        self._start(
            exchange,
            head,
            b"" if bodiless else content,
            close=answer.close,
            length=len(content),
        )
        exchange.downstream.end()

    async def relay(self, exchange: Exchange, fetched: Fetched) -> None:
        """Send the upstream's response, as it comes.

        Raises:
            SidecarError: how it broke off; `exchange.head_sent` says whether the
            client saw any of it.
        """
        head, connection = fetched.head, fetched.connection
        began = self._clock.now()
        content = connection.take()
        if connection.ended:
            # All of it came with the head: one write, and a length for everybody.
            length = len(content) if not head.bodiless else head.content_length
            self._start(exchange, head, content, length=length)
        else:
            await self._stream(exchange, fetched, content)
        exchange.body = self._clock.now() - began
        exchange.downstream.end()
        await fetched.finish()

    async def _stream(
        self, exchange: Exchange, fetched: Fetched, content: bytes
    ) -> None:
        head, connection, downstream = (
            fetched.head,
            fetched.connection,
            exchange.downstream,
        )
        length = head.content_length
        chunked = length is None and exchange.request.minor > 0
        frame = chunk if chunked else bytes
        self._start(
            exchange,
            head,
            frame(content) if content else b"",
            close=not (chunked or length is not None),
            length=length,
            chunked=chunked,
        )
        exchange.sent = len(content)
        silence = exchange.served_by.timeouts.between_bytes
        while not connection.ended:
            await downstream.drained()
            content = await connection.read(silence)
            if content:
                exchange.sent += len(content)
                downstream.write(frame(content))
        if chunked:
            downstream.write(LAST_CHUNK)

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
        downstream = exchange.downstream
        close = close or not downstream.reusable
        downstream.start(
            response_head(
                head,
                minor=exchange.request.minor,
                close=close,
                length=length,
                chunked=chunked,
                date=self._clock.date(),
                request_id=exchange.id,
                edits=exchange.served_by.response_edits,
            ),
            content,
            close=close,
        )
        exchange.head_sent = True
        exchange.status = head.status
        exchange.sent = len(content)
