"""Lane: one connection, with at most one request under way. It never blocks."""

import errno
import socket
from enum import Enum, auto

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

from sidecar.loadtest.target import Target
from sidecar.units import NEVER, Instant

_RECEIVE = 1 << 16
_FINAL = 200
_LENGTHS = (b"content-length", b"transfer-encoding")


class State(Enum):
    CLOSED = auto()
    CONNECTING = auto()
    FREE = auto()
    BUSY = auto()


class Failed(Exception):
    """The connection came to nothing; the text is the kind of error."""


class Lane:
    """due: when the request under way should have been sent; NEVER: there is none.
    until: by when its answer, or the connection, must be there. status: of the answer.
    """

    __slots__ = (
        "_framed",
        "_heard",
        "_left",
        "_parser",
        "_reuse",
        "_socket",
        "_target",
        "_used",
        "due",
        "state",
        "status",
        "until",
    )

    def __init__(self, target: Target) -> None:
        self._target = target
        self._socket: socket.socket | None = None
        self._parser: HttpResponseParser | None = None
        self._left = b""
        self._framed = self._heard = self._reuse = self._used = False
        self.state = State.CLOSED
        self.status = 0
        self.due, self.until = NEVER, NEVER

    def fileno(self) -> int:
        """What select(2) watches."""
        return -1 if self._socket is None else self._socket.fileno()

    @property
    def writes(self) -> bool:
        """Whether it waits to be able to write."""
        return self.state is State.CONNECTING or bool(self._left)

    @property
    def is_stale(self) -> bool:
        """A kept connection that was closed before it heard of the request."""
        return self._used and not self._heard

    def open(self, until: Instant) -> None:
        """Begin to connect; raises Failed."""
        sock = self._socket = socket.socket(self._target.family, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._used = False
        self.state, self.until = State.CONNECTING, until
        if sock.connect_ex(self._target.address) not in (0, errno.EINPROGRESS):
            raise Failed("connect")

    def send(self, due: Instant, until: Instant) -> None:
        """Send the request that was due then; raises Failed."""
        self._close_if_ended()
        self.due = due
        if self.state is State.CLOSED:
            self.open(until)
        else:
            self.until = until
            self._begin()

    def writable(self) -> None:
        """Go on with what waited; raises Failed."""
        sock = self._socket
        if sock is None:
            return
        if self.state is State.BUSY:
            self._write(self._left)
            return
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise Failed("connect")
        self._parser = HttpResponseParser(self)
        if self.due is NEVER:
            self.state = State.FREE
        else:
            self._begin()

    def readable(self) -> bool:
        """Read what is there; whether the answer is complete. Raises Failed."""
        sock, parser = self._socket, self._parser
        if sock is None or parser is None:
            return False
        try:
            data = sock.recv(_RECEIVE)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            # Without a length, that is the end of the answer.
            if self._framed or self.status < _FINAL:
                raise Failed("closed")
            self.close()
            return True
        self._heard = True
        try:
            parser.feed_data(data)
        except (HttpParserError, HttpParserUpgrade):
            raise Failed("malformed") from None
        if self.state is State.BUSY:
            return False
        if not self._reuse or self._left:
            self.close()
        return True

    def close(self) -> None:
        if self._socket is not None:
            self._socket.close()
        self._socket = self._parser = None
        self._left = b""
        self.state, self.due = State.CLOSED, NEVER

    # httptools

    def on_header(self, name: bytes, _value: bytes) -> None:
        if name.lower() in _LENGTHS:
            self._framed = True

    def on_headers_complete(self) -> None:
        if self._parser is not None:
            self.status = self._parser.get_status_code()

    def on_message_complete(self) -> None:
        if self._parser is not None and self.status >= _FINAL:
            self._reuse = self._parser.should_keep_alive()
            self._used = True
            self.state = State.FREE

    # How it is done

    def _begin(self) -> None:
        self.state, self.status = State.BUSY, 0
        self._framed = self._heard = False
        self._write(self._target.request)

    def _write(self, data: bytes) -> None:
        if self._socket is None:
            return
        try:
            self._left = data[self._socket.send(data) :]
        except BlockingIOError:
            self._left = data
        except OSError:
            # An answer may be there all the same; reading shows it.
            self._left = b""

    def _close_if_ended(self) -> None:
        """Close what the other end closed, or says something on that nobody asked."""
        if self.state is not State.FREE or self._socket is None:
            return
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            pass
        self.close()
