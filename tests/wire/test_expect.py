"""SM9: the sidecar answers Expect: 100-continue itself, when it wants the body."""

import pytest

from tests.conftest import Start
from tests.harness.client import Client, victim
from tests.harness.origin import Origin
from tests.harness.sidecar import Sidecar

EXPECTING = b"POST /x HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODIES = {
    "length": (b"Content-Length: 5\r\n\r\n", b"hello"),
    "chunked": (b"Transfer-Encoding: chunked\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n"),
    "large": (b"Content-Length: 200000\r\n\r\n", b"v" * 200_000),
}


@pytest.mark.parametrize("body", BODIES)
def test_body_is_asked_for_once(body: str, sidecar: Sidecar, origin: Origin) -> None:
    framing, content = BODIES[body]
    with Client(sidecar.port) as client:
        client.send(EXPECTING + framing)
        assert client.read_bytes(b"\r\n\r\n") == CONTINUE
        outcome = client.ask(content)
    assert outcome.status == 200
    assert outcome.responses[0].interim == [100]
    (received,) = origin.take()
    assert received.request.all(b"Expect") == []
    assert received.request.size in (5, 200_000)
    victim(sidecar.port)


def test_refusal_comes_instead_of_100(shared_sidecar: Start, origin: Origin) -> None:
    sidecar = shared_sidecar({"limits": {"body": 10}})
    with Client(sidecar.port) as client:
        client.send(EXPECTING + b"Content-Length: 11\r\n\r\n")
        outcome = client.read()
    assert outcome.status == 413
    assert outcome.responses[0].interim == []
    assert outcome.ended != "open"
    assert origin.take() == []
    victim(sidecar.port)


def test_nothing_interim_for_http_1_0(sidecar: Sidecar, origin: Origin) -> None:
    with Client(sidecar.port) as client:
        client.send(EXPECTING.replace(b"1.1", b"1.0") + b"Content-Length: 5\r\n\r\n")
        assert client.await_read()
        outcome = client.ask(b"hello")
    assert outcome.status == 200
    assert outcome.responses[0].interim == []
    (received,) = origin.take()
    assert received.request.all(b"Expect") == []


def test_nothing_interim_when_the_body_is_there(
    sidecar: Sidecar, origin: Origin
) -> None:
    with Client(sidecar.port) as client:
        outcome = client.ask(EXPECTING + b"Content-Length: 5\r\n\r\nhello")
    assert outcome.status == 200
    (received,) = origin.take()
    assert received.request.body == b"hello"


def test_early_answer_to_a_body_not_sent(sidecar: Sidecar, origin: Origin) -> None:
    """The upstream connection, on which a body is owed, is used no more."""
    early = b"HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\nno"
    origin.script(b"/x", early, early=True)
    with Client(sidecar.port) as client:
        client.send(EXPECTING + b"Content-Length: 200000\r\n\r\n")
        client.read_bytes(CONTINUE)
        client.send(b"v" * 100_000)
        outcome = client.read(1)
        assert outcome.status == 403
        victim(sidecar.port)
    assert origin.wait_for(lambda: origin.cut.startswith(b"POST /x "))
    victim(sidecar.port)
