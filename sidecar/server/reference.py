"""The reference door: aiohttp's low-level server, a gate, and the pipeline.

What aiohttp 3.14 leaves open is closed here and in `server.guard`; the defects
are listed in docs/decisions/0002-a-guard-beneath-aiohttp.md, each with its test.
It is the oracle against which the express door is compared.
"""

import asyncio
import logging
from typing import Any, cast

from aiohttp import StreamReader, http_parser, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage

from sidecar.errors import ClientGone, FieldsTooLarge, RequestRefused, SidecarError
from sidecar.proxy.pipeline import Pipeline
from sidecar.semantics.message import RequestHead
from sidecar.server import gate
from sidecar.server.client_wire import RECEIVE_BUFFER
from sidecar.server.entrance import Entrance
from sidecar.server.guard import Guard
from sidecar.server.muzzle import Muzzle
from sidecar.server.reference_downstream import ReferenceDownstream
from sidecar.server.request_parser import outline
from sidecar.units import Bytes, Seconds

# aiohttp's own limits only have to be wider than the gate's, which are exact.
SLACK: Bytes = 1024
# aiohttp closes idle connections after this; the guard does so long before.
FOREVER: Seconds = 10.0**8

# Who may write to the connection that a request came by.
GUARD = web.RequestKey("guard", Guard)

_silent = logging.getLogger("sidecar.aiohttp")
_silent.setLevel(logging.CRITICAL + 1)


class Sent:
    """What aiohttp is told of a response: that it is out, and what comes next."""

    def __init__(self, *, keep_alive: bool) -> None:
        self.keep_alive = keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        pass

    async def write_eof(self) -> None:
        pass


class ReferenceDoor:
    """A protocol factory: `door()` is what the loop's servers call."""

    def __init__(self, entrance: Entrance, pipeline: Pipeline) -> None:
        if http_parser.HttpRequestParser is http_parser.HttpRequestParserPy:
            message = "aiohttp was installed without its C parser, which is stricter"
            raise RuntimeError(message)
        self._entrance = entrance
        self._pipeline = pipeline
        self._view = memoryview(bytearray(RECEIVE_BUFFER))
        self._limits = entrance.limits
        self._server = self._made(entrance.limits)

    def __call__(self) -> Guard:
        limits = self._entrance.limits
        if limits is not self._limits:  # another configuration
            self._limits, self._server = limits, self._made(limits)
        return Guard(self._entrance, self._server(), self._refuse, self._view)

    def _made(self, limits: gate.Limits) -> web.Server:
        return web.Server(
            cast("Any", self._serve),
            request_factory=self._request,
            handler_cancellation=True,
            access_log=None,
            logger=_silent,
            auto_decompress=False,
            keepalive_timeout=FOREVER,
            lingering_time=0,
            read_bufsize=RECEIVE_BUFFER // 2,
            max_line_size=limits.target + SLACK,
            max_field_size=limits.field + SLACK,
            max_headers=limits.fields + 1,
        )

    def _request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> web.BaseRequest:
        loop = asyncio.get_running_loop()
        request = web.BaseRequest(message, payload, protocol, writer, task, loop)
        if isinstance(protocol.transport, Muzzle):
            request[GUARD] = cast("Guard", protocol.transport.guard)
        return request

    async def _serve(self, request: web.BaseRequest) -> Sent:
        guard = request.get(GUARD)
        if guard is None:
            return Sent(keep_alive=False)
        guard.parsed()
        try:
            # Who does not take the answers gets no more of them.
            await guard.drained()
        except ClientGone:
            return Sent(keep_alive=False)
        limits = self._entrance.limits
        head = gate.inspect(
            request.method.encode("latin-1"),
            request.raw_path.encode("utf-8", "surrogateescape"),
            f"{request.version.major}.{request.version.minor}",
            list(request.raw_headers),
            limits,
        )
        # aiohttp passes on values without the whitespace around them.
        if len(guard.arrival.head) > limits.head and isinstance(head, RequestHead):
            head = FieldsTooLarge("head too large")
        if not guard.busy(None if isinstance(head, SidecarError) else head):
            return Sent(keep_alive=False)
        if isinstance(head, SidecarError):
            guard.refuse(head)
            return Sent(keep_alive=False)
        downstream = ReferenceDownstream(guard, request, head)
        exchange = self._pipeline.begin(head, downstream)
        timeouts = exchange.served_by.timeouts
        guard.outflow.patience = timeouts.write
        downstream.body_patience = timeouts.client_body
        if not self._pipeline.answer(exchange):
            await self._pipeline.forward(exchange)
        if downstream.keep_alive:
            guard.idle()
        return Sent(keep_alive=downstream.keep_alive)

    def _refuse(self, guard: Guard, error: RequestRefused) -> None:
        known = guard.arrival.head
        self._pipeline.refuse(
            ReferenceDownstream(guard, None, None),
            error,
            outline(known) if known else None,
        )
