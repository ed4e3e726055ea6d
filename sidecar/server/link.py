"""Link: messages between a process and the child it forked, over a socket pair.

A message is a pickled value behind its length. Both ends are this program, and
nobody else can get hold of a socket pair, so what comes is trusted. The parent's
end never blocks; a child that does not read is told no more than `PATIENCE`.
"""

import asyncio
import pickle
import selectors
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

from sidecar.units import Bytes, Seconds

_LENGTH = struct.Struct("!I")
PATIENCE: Bytes = 64 << 20
_CHUNK: Bytes = 1 << 18
FAREWELL: Seconds = 1.0


def packed(message: object) -> bytes:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _LENGTH.pack(len(content)) + content


class Unpacking:
    """Bytes in, messages out."""

    def __init__(self) -> None:
        self._arrived = bytearray()

    def feed(self, data: bytes) -> Iterator[Any]:
        arrived = self._arrived
        arrived += data
        while len(arrived) >= _LENGTH.size:
            end = _LENGTH.size + cast("int", _LENGTH.unpack_from(arrived)[0])
            if len(arrived) < end:
                return
            content = bytes(arrived[_LENGTH.size : end])
            del arrived[:end]
            yield pickle.loads(content)  # noqa: S301 - see above: it is from us


class Link:
    """The parent's end; `told` gets each message, `lost` is called at the end."""

    def __init__(
        self,
        sock: socket.socket,
        selector: selectors.BaseSelector,
        told: Callable[[Any], None],
        lost: Callable[[], None],
    ) -> None:
        sock.setblocking(False)
        self._socket = sock
        self._selector = selector
        self._told = told
        self._lost = lost
        self._arriving = Unpacking()
        self._waiting = bytearray()
        self._open = True
        selector.register(sock, selectors.EVENT_READ, self.happened)

    def fileno(self) -> int:
        return self._socket.fileno()

    def send(self, message: object) -> None:
        if self._open and len(self._waiting) < PATIENCE:
            self._waiting += packed(message)
            self._flush()

    def happened(self, events: int) -> None:
        """Read and write what can be."""
        if events & selectors.EVENT_WRITE:
            self._flush()
        if events & selectors.EVENT_READ:
            self._read()

    def drain(self) -> None:
        """Read what the child wrote before it ended."""
        while self._open and self._read():
            pass

    def abandon(self) -> None:
        """Close our descriptor in a process that has forked, and nothing else."""
        self._socket.close()

    def close(self) -> None:
        if self._open:
            self._open = False
            self._selector.unregister(self._socket)
            self._socket.close()

    def _read(self) -> bool:
        """Hand on what is here; whether there was anything."""
        try:
            data = self._socket.recv(_CHUNK)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            data = b""
        if not data:
            self.close()
            self._lost()
            return False
        for message in self._arriving.feed(data):
            self._told(message)
        return True

    def _flush(self) -> None:
        try:
            while self._open and self._waiting:
                sent = self._socket.send(self._waiting)
                del self._waiting[:sent]
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:  # it is gone; the reading end says so
            self._waiting.clear()
        if self._open:
            writing = selectors.EVENT_WRITE if self._waiting else 0
            wanted = selectors.EVENT_READ | writing
            if self._selector.get_key(self._socket).events != wanted:
                self._selector.modify(self._socket, wanted, self.happened)


class ChildLink(asyncio.Protocol):
    """The child's end, on its event loop."""

    def __init__(self, told: Callable[[Any], None], lost: Callable[[], None]) -> None:
        self._told = told
        self._lost = lost
        self._arriving = Unpacking()
        self._transport: asyncio.Transport | None = None
        self._closed = asyncio.Event()

    @classmethod
    async def over(
        cls,
        sock: socket.socket,
        told: Callable[[Any], None],
        lost: Callable[[], None],
    ) -> "ChildLink":
        loop = asyncio.get_running_loop()
        sock.setblocking(False)
        _, link = await loop.create_unix_connection(lambda: cls(told, lost), sock=sock)
        return link

    def send(self, message: object) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(packed(message))

    async def close(self) -> None:
        """Send what waits, if that does not take long, and close."""
        if self._transport is not None:
            self._transport.close()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), FAREWELL)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        for message in self._arriving.feed(data):
            self._told(message)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._closed.set()
        self._lost()
