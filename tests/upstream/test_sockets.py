"""Options of a connection to an upstream."""

import asyncio
import select
import socket

import pytest

from sidecar.upstream.sockets import Ending, acknowledge, remains, tune
from tests.upstream.origin import RESET


def test_small_writes_go_at_once():
    with socket.socket() as sock:
        tune(sock)
        assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)


def test_what_is_not_tcp_is_left_alone():
    tune(None)
    with socket.socket(socket.AF_UNIX) as sock:
        tune(sock)


class Transport(asyncio.BaseTransport):
    """Of a socket that nobody reads from any more."""

    def __init__(self, **known):
        super().__init__()
        self.known = known

    def get_extra_info(self, name, default=None):
        return self.known.get(name, default)


@pytest.mark.parametrize(
    ("rule", "said", "most", "expected"),
    [
        ("all of it", b"why not", 100, b"why not"),
        ("as much as there is room for", b"why not", 3, b"why"),
        ("nothing", b"", 100, b""),
    ],
)
def test_what_remains_after_a_reset(rule, said, most, expected):
    """The other end closes with bytes of ours unread, which resets."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs = listener.accept()[0]
        ours.sendall(b"unread")
        assert theirs.recv(1, socket.MSG_PEEK)
        theirs.sendall(said)
        theirs.close()
        with ours:
            ours.setblocking(False)
            assert remains(Transport(socket=ours), most) == expected


@pytest.mark.parametrize("how", ["close", "half-close", "reset"])
def test_an_end_that_nobody_read(how):
    """Also behind what nobody read; what was said before it is left there."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ours = socket.create_connection(listener.getsockname())
        theirs = listener.accept()[0]
        with ours, theirs:
            transport = Transport(socket=ours)
            theirs.sendall(b"last")
            assert ours.recv(4, socket.MSG_PEEK)
            assert not Ending(transport).is_here()
            if how == "half-close":
                theirs.shutdown(socket.SHUT_WR)
            else:
                if how == "reset":
                    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                theirs.close()
            wait_for_the_end(ours)
            assert Ending(transport).is_here()


def test_what_arrived_is_acknowledged_at_once():
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname()) as ours,
    ):
        ours.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        acknowledge(Transport(socket=ours))
        assert ours.getsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK)


def test_where_nothing_is_acknowledged():
    acknowledge(Transport())
    with socket.socket(socket.AF_UNIX) as sock:
        acknowledge(Transport(socket=sock))


def wait_for_the_end(sock: socket.socket) -> None:
    poll = select.poll()
    poll.register(sock, select.POLLRDHUP)
    assert poll.poll(30_000)


def test_of_what_has_no_socket_no_end_is_known():
    assert not Ending(Transport()).is_here()


def test_what_is_encrypted_or_gone_is_not_read():
    assert remains(Transport(), 100) == b""
    with socket.socket() as sock:
        assert remains(Transport(socket=sock, ssl_object=object()), 100) == b""
