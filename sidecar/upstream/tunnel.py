"""Tunnel: the ends of a connection after a 101, as raw bytes both ways.

Each side of the sidecar has one, which the other side's connection talks to.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Tunnel(Protocol):
    """One end of a tunnel, as the other end sees it."""

    def received(self, data: bytes) -> None: ...
    def eof(self) -> None: ...
    def lost(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


class End:
    """A `Tunnel` to whom `transport` leads; `close` sends what is buffered and ends."""

    __slots__ = ("_close", "_transport")

    def __init__(self, transport: asyncio.Transport, close: Callable[[], None]) -> None:
        self._transport = transport
        self._close = close

    def received(self, data: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(data)

    def eof(self) -> None:
        """No more will be sent. TLS has no half-closed state: it ends whole."""
        if self._transport.is_closing():
            return
        if self._transport.can_write_eof():
            self._transport.write_eof()
        else:
            self._close()

    def lost(self) -> None:
        """The other end is gone; what it sent before is still delivered."""
        self._close()

    def pause(self) -> None:
        if not self._transport.is_closing():
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing():
            self._transport.resume_reading()
