"""Options of a connection to an upstream."""

import socket

from sidecar.upstream.sockets import tune


def test_small_writes_go_at_once():
    with socket.socket() as sock:
        tune(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_what_is_not_tcp_is_left_alone():
    tune(None)
    with socket.socket(socket.AF_UNIX) as sock:
        tune(sock)
