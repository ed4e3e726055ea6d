"""Sockets: what asyncio does not do for a connection to an upstream."""

import asyncio
import os
import select
import socket

from sidecar.units import Bytes


def tune(sock: socket.socket | None) -> None:
    """Send small writes at once, and notice a peer that vanished."""
    if sock is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)


def acknowledge(transport: asyncio.BaseTransport) -> None:
    """Say at once what arrived so far, and from now on as soon as it is read.

    An origin that writes head and body apart, with Nagle's algorithm on, sends the
    body when the head is acknowledged, which the system puts off for 40 ms. What is
    asked for here lasts until we send again.
    """
    sock = transport.get_extra_info("socket")
    if sock is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


class Ending:
    """The peer's end of a connection that is open, made once and asked often."""

    __slots__ = ("_poll",)

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        sock = transport.get_extra_info("socket")
        self._poll: select.poll | None = None
        if sock is not None:
            self._poll = select.poll()
            self._poll.register(sock.fileno(), select.POLLRDHUP)

    def is_here(self) -> bool:
        """Whether it has come, be it that the loop has not told of it yet."""
        return self._poll is not None and bool(self._poll.poll(0))


def remains(transport: asyncio.BaseTransport, most: Bytes) -> bytes:
    """What the peer said and nobody read, of a connection that is being given up.

    Transports that fail to write do not look any more. Empty where it is encrypted.
    """
    sock = transport.get_extra_info("socket")
    if sock is None or transport.get_extra_info("ssl_object") is not None:
        return b""
    found = b""
    try:
        while len(found) < most and (data := os.read(sock.fileno(), most - len(found))):
            found += data
    except OSError:  # the end, a reset, or nothing yet
        pass
    return found
