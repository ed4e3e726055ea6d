"""Health door: the health listener's protocol, one probe after the other.

Our own: it is asked every few seconds for as long as the sidecar lives, and must
answer where there is no descriptor left to load anything with. The parser and the
gate are those of the front door, so that strangers get no further than there.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from socket import socket
from typing import cast

from sidecar.admin.health import Health
from sidecar.admin.said import PROBLEM, SEAL, Said, problem
from sidecar.errors import RequestRefused
from sidecar.semantics import http_date
from sidecar.semantics.message import RequestHead
from sidecar.server.gate import Limits
from sidecar.server.listeners import serve
from sidecar.server.request_parser import next_head
from sidecar.units import Bytes, Seconds, Timestamp

# For a head to come, for an answer to be read, and between two requests.
IDLE: Seconds = 15.0
# For the client's end after ours, and for answers under way at our own end.
LINGER: Seconds = 1.0
HEAD: Bytes = 16 << 10
FIELD: Bytes = 8190
LIMITS = Limits(head=HEAD, field=FIELD, target=FIELD, fields=100, body=0)
# Fewer than the descriptors that clients are kept from. Where there are so many, the
# oldest makes room: who holds them keeps no probe away.
CONNECTIONS = 64

_SEAL = "".join(f"{name}: {value}\r\n" for name, value in SEAL.items())


@asynccontextmanager
async def serving(
    health: Health, one: socket, patience: Seconds = IDLE
) -> AsyncIterator[None]:
    """Answer on a bound socket for as long as the context lasts."""
    probers: dict[Prober, None] = {}
    (server,) = await serve([one], lambda: Prober(health, probers, patience))
    try:
        yield
    finally:
        server.close()
        under_way = [prober.answering for prober in probers if prober.answering]
        if under_way:
            await asyncio.wait(under_way, timeout=LINGER)
        for prober in tuple(probers):
            prober.close()


class Prober(asyncio.Protocol):
    """One connection; `others` are all of them, the oldest first."""

    def __init__(
        self, health: Health, others: "dict[Prober, None]", patience: Seconds
    ) -> None:
        self._health = health
        self._others = others
        self._patience = patience
        self._rest = b""
        self._held = False
        self._is_last = False
        self._over = False
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._transport = cast("asyncio.Transport", None)
        self.answering: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are none of asyncio's classes.
        self._transport = cast("asyncio.Transport", transport)
        if len(self._others) >= CONNECTIONS:
            oldest = next(iter(self._others))
            del self._others[oldest]
            oldest.close()
        self._others[self] = None
        self._await(self._patience)

    def connection_lost(self, _exc: Exception | None) -> None:
        self._others.pop(self, None)
        self._over = True
        if self._timer is not None:
            self._timer.cancel()
        if self.answering is not None:
            self.answering.cancel()

    def data_received(self, data: bytes) -> None:
        if self._over:
            return
        self._rest += data
        if self.answering is None:
            self._next()
        elif len(self._rest) > HEAD and not self._held:
            self._held = True
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        """Who has asked may stop sending, and is answered all the same."""
        self._is_last = True
        return self.answering is not None

    def close(self) -> None:
        self._transport.abort()

    def _next(self) -> None:
        head, end = next_head(self._rest, LIMITS)
        if head is not None:
            self._rest = self._rest[end:]
            self.answering = self._loop.create_task(self._answer(head))

    async def _answer(self, asked: RequestHead | RequestRefused) -> None:
        if isinstance(asked, RequestHead):
            said = await self._said(asked)
            self._is_last |= not asked.keep_alive or asked.has_body or not asked.minor
        else:
            status = HTTPStatus(asked.status)
            said = Said(problem(status, asked.code, asked.title), status, PROBLEM)
            self._is_last = True
        if self._transport.is_closing():
            return
        head = _head(said, last=self._is_last)
        bodiless = isinstance(asked, RequestHead) and asked.method == b"HEAD"
        self._transport.write(head if bodiless else head + said.content)
        self.answering = None
        if self._is_last:
            self._end()
            return
        self._await(self._patience)
        if self._held:
            self._held = False
            self._transport.resume_reading()
        if self._rest:
            self._next()

    async def _said(self, asked: RequestHead) -> Said:
        accept = asked.values.get(b"accept", b"")
        try:
            return await self._health.answer(asked.method, asked.target, accept)
        # A defect of ours costs one probe, and is told.
        except Exception as error:  # noqa: BLE001
            self._loop.call_exception_handler(
                {"message": "a probe failed", "exception": error}
            )
            return Said.refused(HTTPStatus.INTERNAL_SERVER_ERROR)

    def _end(self) -> None:
        """Send our end, and read until the client's: a reset would lose the answer."""
        self._over = True
        self._rest = b""
        self._transport.write_eof()
        self._await(LINGER)

    def _await(self, patience: Seconds) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(patience, self.close)


def _head(said: Said, *, last: bool) -> bytes:
    fields = {
        "Content-Type": said.content_type,
        "Content-Length": str(len(said.content)),
        "Date": http_date.write(Timestamp(time.time())).decode("ascii"),
        **said.fields,
    }
    if last:
        fields["Connection"] = "close"
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    start = f"HTTP/1.1 {int(said.status)} {said.status.phrase}\r\n"
    return f"{start}{lines}{_SEAL}\r\n".encode("latin-1")
