"""Sockets: the options of a connection to an upstream."""

import socket


def tune(sock: socket.socket | None) -> None:
    """Send small writes at once, and notice a peer that vanished."""
    if sock is not None and sock.family != socket.AF_UNIX:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
