"""Client end: the client's side of a tunnel, for the upstream's to talk to."""

import asyncio
from collections.abc import Callable


class ClientEnd:
    """`proxy.downstream.Tunnel`; `close` sends what is buffered and ends."""

    __slots__ = ("_close", "_transport")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self._close = close

    def received(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def eof(self) -> None:
        if not self._transport.is_closing() and self._transport.can_write_eof():
            self._transport.write_eof()

    def lost(self) -> None:
        self._close()

    def pause(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
