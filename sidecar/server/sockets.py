"""Sockets: what asyncio's transports do not do for a client's connection."""

import asyncio
import select
import socket
import struct
from typing import Final

from sidecar.units import Bytes

# SO_LINGER, on, for no seconds: what was not sent yet is thrown away.
RESET: Final = struct.pack("ii", 1, 0)
# To copy a longer content behind its head costs more than to write the two apart.
APART: Final[Bytes] = 32 * 1024


def send(transport: asyncio.WriteTransport, head: bytes, content: bytes) -> None:
    """Send both by one call of the system."""
    if len(content) < APART:
        transport.write(head + content if content else head)
    else:
        transport.writelines((head, content))


def is_gone(transport: asyncio.Transport) -> bool:
    """Whether the client is gone: nobody says so while we do not read."""
    poll = select.poll()
    poll.register(transport.get_extra_info("socket").fileno(), 0)
    return bool(poll.poll(0))


def reset(transport: asyncio.Transport) -> None:
    """Break off by a reset, or a body that ends with the connection looks whole."""
    sock = transport.get_extra_info("socket")
    if sock is not None and not transport.is_closing():
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    transport.abort()
