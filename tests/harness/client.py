"""Client: sends raw bytes as told, reads strictly, says how it ended.

A plan is the pieces in which the bytes are sent; between two pieces the other
end has read what was sent. `play` runs many plans at once on one thread.
"""

import atexit
import select
import socket
import struct
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from types import TracebackType
from typing import Literal, Self

from tests.harness.kernel import Diagnosis
from tests.harness.strict import Response, Responses

End = Literal["fin", "rst", "open"]
Plan = Sequence[bytes]

DEADLINE = 60.0
"""For anything that should happen at once."""

_LINGER_ZERO = struct.pack("ii", 1, 0)
_diagnosis = Diagnosis()
atexit.register(_diagnosis.close)
_numbers = count(1)


def is_ready(sock: socket.socket, within: float, events: int = select.POLLIN) -> bool:
    """Wait until one of `events` holds for the socket; whether it does."""
    poll = select.poll()  # select() knows 1024 files only
    poll.register(sock, events)
    return bool(poll.poll(within * 1000))


def whole(data: bytes) -> Plan:
    return (data,)


def splits(data: bytes) -> list[Plan]:
    """`data` in two pieces, cut at each byte."""
    return [(data[:at], data[at:]) for at in range(1, len(data))]


def drip(data: bytes) -> Plan:
    """`data` byte by byte."""
    return tuple(data[at : at + 1] for at in range(len(data)))


@dataclass(slots=True)
class Outcome:
    """All that came back on one connection.

    `wrong` is None where every byte belongs to a complete strict response;
    "incomplete" where the last one was cut.
    """

    raw: bytes
    ended: End
    responses: tuple[Response, ...]
    wrong: str | None

    @property
    def status(self) -> int:
        """The only response's status; 0 where there is not exactly one."""
        return self.responses[0].status if len(self.responses) == 1 else 0

    @property
    def statuses(self) -> list[int]:
        return [response.status for response in self.responses]


class Client:
    """One connection to the sidecar."""

    def __init__(
        self,
        port: int,
        source: str = "127.0.0.1",
        methods: tuple[bytes, ...] = (b"GET",),
        *,
        alike: bool = False,
    ) -> None:
        self.raw = bytearray()
        self._responses = Responses(methods, alike)
        self._parsed = 0
        self.ended: End = "open"
        self.sock = socket.create_connection(("127.0.0.1", port), DEADLINE, (source, 0))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.setblocking(False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End with a reset, which leaves no port behind in TIME_WAIT."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        self.sock.close()

    def send(self, data: bytes, within: float = DEADLINE) -> bool:
        """Send all of it; False where the connection ended before."""
        last = time.monotonic() + within
        view = memoryview(data)
        while view:
            try:
                view = view[self.sock.send(view) :]
            except BlockingIOError:
                self.pull()
                if self.ended != "open":
                    return False
                left = last - time.monotonic()
                assert left > 0, f"{len(view)} bytes could not be sent"
                is_ready(self.sock, left, select.POLLIN | select.POLLOUT)
            except (BrokenPipeError, ConnectionResetError):
                self.pull()
                return False
        return True

    def send_pieces(self, pieces: Iterable[bytes]) -> bool:
        """Send each piece once the one before was read."""
        for piece in pieces:
            _diagnosis.await_read(self.sock)
            if not self.send(piece):
                return False
        return True

    def await_read(self, within: float = DEADLINE) -> bool:
        """Wait until the sidecar has read all that was sent."""
        return _diagnosis.await_read(self.sock, within=within)

    def pull(self) -> None:
        """Read what is there."""
        while self.ended == "open":
            try:
                data = self.sock.recv(1 << 18)
            except BlockingIOError:
                return
            except ConnectionResetError:
                self.ended = "rst"
                return
            if not data:
                self.ended = "fin"
            self.raw += data

    def read(self, responses: int | None = None, within: float = DEADLINE) -> Outcome:
        """Read until the connection ends, or at least so many responses are there."""
        last = time.monotonic() + within
        while True:
            self.pull()
            outcome = self.outcome()
            if self.ended != "open":
                return outcome
            if responses is not None and len(outcome.responses) >= responses:
                return outcome
            left = last - time.monotonic()
            if left <= 0:
                return outcome
            is_ready(self.sock, left)

    def read_bytes(self, expected: bytes, within: float = DEADLINE) -> bytes:
        """Read until `expected` was among what came; all that came."""
        last = time.monotonic() + within
        while expected not in self.raw and self.ended == "open":
            left = last - time.monotonic()
            assert left > 0, bytes(self.raw)
            is_ready(self.sock, left)
            self.pull()
        return bytes(self.raw)

    def outcome(self) -> Outcome:
        """What came until now."""
        found = self._responses
        found.feed(bytes(self.raw[self._parsed :]), closed=self.ended == "fin")
        self._parsed = len(self.raw)
        return Outcome(bytes(self.raw), self.ended, tuple(found.done), found.wrong)

    def ask(self, data: bytes, responses: int = 1) -> Outcome:
        """Send, and read that many responses."""
        self.send(data)
        return self.read(responses)


def get(
    port: int, target: bytes = b"/", *fields: bytes, source: str = "127.0.0.1"
) -> Outcome:
    """One GET on a connection of its own."""
    lines = [b"GET " + target + b" HTTP/1.1", b"Host: t", *fields]
    with Client(port, source) as client:
        return client.ask(b"\r\n".join(lines) + b"\r\n\r\n")


def victim(port: int) -> None:
    """Oracle O2: a fresh client gets its own answer and nothing else."""
    number = b"%d" % next(_numbers)
    with Client(port) as client:
        outcome = client.ask(
            b"GET /victim?id=%b HTTP/1.1\r\nHost: victim\r\n\r\n" % number
        )
    assert outcome.statuses == [200], outcome
    assert outcome.wrong is None, outcome
    assert outcome.responses[0].body == number, outcome


def play(
    port: int,
    plans: Sequence[Plan],
    methods: tuple[bytes, ...] = (b"GET",),
    responses: int | None = None,
    at_once: int = 64,
) -> list[Outcome]:
    """Run the plans, `at_once` of them side by side; their outcomes in order.

    `responses`: so many are awaited; None: until the connection ends. What they
    hold of identifiers is zeroed, other than in `raw`.
    """
    outcomes = []
    for start in range(0, len(plans), at_once):
        some = plans[start : start + at_once]
        clients = [Client(port, methods=methods, alike=True) for _ in some]
        try:
            _send_all(clients, some)
            last = time.monotonic() + DEADLINE
            outcomes += [
                client.read(responses, max(0.0, last - time.monotonic()))
                for client in clients
            ]
        finally:
            for client in clients:
                client.close()
    return outcomes


def _send_all(clients: Sequence[Client], plans: Sequence[Plan]) -> None:
    """Piece by piece, each client's next one when its last was read.

    Each client begins one step after the one before, so that they share the waits.
    """
    each = [iter(plan) for plan in plans]
    going: list[tuple[Client, Iterator[bytes]]] = []
    waiting = list(zip(clients, each, strict=True))
    while going or waiting:
        going += waiting[:2]
        del waiting[:2]
        still = []
        for client, pieces in going:
            piece = next(pieces, None)
            if piece is not None:
                _diagnosis.await_read(client.sock)
                client.send(piece)
                still.append((client, pieces))
        going = still
