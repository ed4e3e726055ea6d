"""What the reference door offers the pipeline: one request over a guard and aiohttp."""

import asyncio
from functools import partial

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from sidecar.errors import BadRequest, ClientGone, ContentTooLarge, RequestRefused
from sidecar.semantics.message import RequestHead
from sidecar.server.guard import Guard
from sidecar.server.request_body import CONTINUE, RequestBody
from sidecar.server.sockets import send
from sidecar.upstream.tunnel import End, Tunnel


class ReferenceDownstream:
    """`proxy.downstream.Downstream` over a guard and an aiohttp request."""

    def __init__(
        self, guard: Guard, request: web.BaseRequest | None, head: RequestHead | None
    ) -> None:
        self._guard = guard
        self._request = request
        self._head = head
        self._unanswered = head is not None and head.expects_continue
        self._limit = guard.entrance.limits.body
        self.body_patience = guard.entrance.timeouts.head
        self.peer = guard.peer
        self.scheme = guard.scheme
        self.received = 0
        self.keep_alive = False

    @property
    def closed(self) -> bool:
        return self._guard.transport.is_closing()

    @property
    def reusable(self) -> bool:
        head, request = self._head, self._request
        return (
            head is not None
            and request is not None
            and head.keep_alive
            and not self._guard.entrance.draining
            and request.content.is_eof()
        )

    def interim(self, head: bytes) -> None:
        if self._head is not None and self._head.minor:
            self._guard.transport.write(head)

    def start(self, head: bytes, content: bytes = b"", *, close: bool = False) -> None:
        self.keep_alive = not close
        send(self._guard.transport, head, content)

    def write(self, data: bytes) -> None:
        self._guard.transport.write(data)

    def end(self) -> None:
        request = self._request
        self._guard.read_all = request is not None and request.content.is_eof()

    def abort(self) -> None:
        self.keep_alive = False
        self._guard.abort()

    async def drained(self) -> None:
        await self._guard.drained()

    @property
    def has_all(self) -> bool:
        """Never known: aiohttp tells of its payload only when one waits for it."""
        return False

    def take(self) -> bytes:
        return b""

    async def read(self) -> bytes:
        request, guard = self._request, self._guard
        if request is None or self.closed:
            raise ClientGone
        body = guard.arrival.body
        if body is None:
            data = await self._read_content(request.content)
        else:
            data = await self._read_chunks(body)
        self.received += len(data)
        if self._limit is not None and self.received > self._limit:
            raise ContentTooLarge
        return data

    async def _read_content(self, content: StreamReader) -> bytes:
        if content.at_eof():
            return b""
        self._continue(begun=bool(content.total_bytes))

        def failed(error: RequestRefused | None) -> None:
            if error is not None:
                content.set_exception(error)

        self._guard.on_body = failed
        self._guard.expect_body(self.body_patience)
        try:
            return await content.readany()
        except (web.RequestPayloadError, HttpProcessingError) as error:
            raise BadRequest(repr(error)) from error
        except OSError as error:
            raise ClientGone from error
        finally:
            self._guard.expect_body(None)

    async def _read_chunks(self, body: RequestBody) -> bytes:
        guard = self._guard
        while True:
            if body.flaw is not None:
                raise body.flaw
            if data := body.take():
                guard.let_go()
                return data
            if body.complete:
                return b""
            self._continue(begun=body.received > 0)
            more: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            guard.on_body = partial(_settle, more)
            guard.expect_body(self.body_patience)
            try:
                await more
            finally:
                guard.on_body = None
                guard.expect_body(None)

    def _continue(self, *, begun: bool) -> None:
        """Say that the body is wanted, where the client waits to hear it."""
        if self._unanswered and not begun:
            self._guard.transport.write(CONTINUE)
        self._unanswered = False

    def tunnel(self, head: bytes, other: Tunnel) -> Tunnel:
        guard = self._guard
        guard.transport.write(head)
        guard.carry(other)
        if early := guard.arrival.take():
            other.received(early)
        guard.let_go()
        return End(guard.transport, guard.close)


def _settle(more: "asyncio.Future[None]", error: RequestRefused | None) -> None:
    if more.done():
        return
    if error is None:
        more.set_result(None)
    else:
        more.set_exception(error)
