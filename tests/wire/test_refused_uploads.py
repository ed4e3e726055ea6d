"""SM8: who sends a body that nobody wants gets to read why, whenever it reads."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest

from tests.conftest import Start
from tests.harness.client import Client, is_ready, victim
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar

PIECE = b"v" * 65536
SIZES = [2 << 20, 16 << 20]
PATIENT = 30.0
FIELDS = b"POST /up HTTP/1.1\r\nHost: t\r\n"


def pieces(framing: str, size: int) -> list[bytes]:
    """An upload of `size` bytes: its head, and the body in pieces."""
    if framing == "length":
        body = [PIECE] * (size // len(PIECE))
        return [FIELDS + b"Content-Length: %d\r\n\r\n" % size, *body]
    chunk = b"%x\r\n%b\r\n" % (len(PIECE), PIECE)
    chunks = [chunk] * (size // len(PIECE))
    return [FIELDS + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, b"0\r\n\r\n"]


@pytest.fixture
def small(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar({"limits": {"body": "64KiB"}})


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_who_sends_all_before_reading_reads_the_refusal(
    framing: str, size: int, small: Sidecar, origin: Origin
) -> None:
    """RFC 9112 §9.6: the next piece is sent when the last was read, and none fails."""
    with Client(small.port, methods=(b"POST",)) as client:
        for piece in pieces(framing, size):
            assert client.send(piece, PATIENT)
            assert client.await_read(PATIENT)
        outcome = client.read(within=PATIENT)
    assert (outcome.statuses, outcome.ended, outcome.wrong) == ([413], "fin", None)
    assert b'"content_too_large"' in outcome.responses[0].body
    origin.take()
    victim(small.port)


def test_who_sends_all_before_reading_reads_the_early_answer(
    sidecar: Sidecar, origin: Origin
) -> None:
    """The same where it is the upstream that wants no more."""
    origin.script(b"/up", reply(b"early", status=b"413 X"), early=True)
    upload = pieces("length", 4 << 20)
    half = len(upload) // 2
    with Client(sidecar.port, methods=(b"POST",)) as client:
        for number, piece in enumerate(upload):
            # After all of the body it would not be early, and the connection goes on.
            assert number != half or is_ready(client.sock, PATIENT)
            assert client.send(piece, PATIENT)
            assert client.await_read(PATIENT)
        outcome = client.read(within=PATIENT)
    origin.forget(b"/up")
    assert (outcome.statuses, outcome.ended) == ([413], "fin")
    assert outcome.responses[0].body == b"early"
    origin.take()
    victim(sidecar.port)


@pytest.fixture
def closing() -> Iterator[int]:
    """An upstream that reads a head, refuses, and closes: unread bytes reset it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_refuse_all, args=(listener,), daemon=True).start()
        yield listener.getsockname()[1]
        # Closing does not wake up who accepts.
        listener.shutdown(socket.SHUT_RDWR)


def _refuse_all(listener: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while True:
            sock = listener.accept()[0]
            with sock, contextlib.suppress(OSError):
                head = b""
                while b"\r\n\r\n" not in head and (data := sock.recv(4096)):
                    head += data
                sock.sendall(b"HTTP/1.1 413 X\r\nContent-Length: 5\r\n\r\nlarge")


def test_the_upstream_refuses_and_resets(own_sidecar: Start, closing: int) -> None:
    """Half of these were a 502: our own sending failed before we read."""
    url = f"http://127.0.0.1:{closing}"
    sidecar = own_sidecar({"upstreams": {"default": {"url": url}}})
    statuses = []
    for _ in range(10):
        with Client(sidecar.port, methods=(b"POST",)) as client:
            client.send(b"".join(pieces("length", 4 << 20)), PATIENT)
            statuses += client.read(1, PATIENT).statuses
    assert statuses == [413] * 10
