"""SM6, SM8, SM21: answers that come before the body; no body becomes a request."""

import pytest

from tests.conftest import Start
from tests.harness.client import Client, victim
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar

SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"
PATH = b"/early"
LENGTH = 4 << 20


def post(length: int, method: bytes = b"POST") -> bytes:
    line = b"%b /early HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n"
    return line % (method, length)


@pytest.mark.parametrize("status", [b"200 OK", b"413 X", b"401 X", b"302 X", b"500 X"])
def test_early_reply_is_relayed(
    status: bytes, sidecar: Sidecar, origin: Origin
) -> None:
    """SM21: and the upstream connection, in the middle of a request, is dropped."""
    origin.script(PATH, reply(b"early", status=status), early=True)
    origin.cut = b""
    with Client(sidecar.port, methods=(b"POST",)) as client:
        client.send(post(LENGTH) + b"v" * 100_000)
        outcome = client.read(1)
        assert outcome.responses[0].body == b"early"
        assert outcome.status == int(status[:3])
        victim(sidecar.port)
        client.send(SMUGGLED * 3)
        assert client.outcome().statuses == [int(status[:3])]
    origin.forget(PATH)
    assert origin.wait_for(lambda: origin.cut.startswith(b"POST /early "))
    assert origin.take() == []
    victim(sidecar.port)


def test_early_reply_and_the_whole_body(sidecar: Sidecar, origin: Origin) -> None:
    """The client goes on sending; what it sends is no second request."""
    origin.script(PATH, reply(b"early", status=b"413 X"), early=True)
    with Client(sidecar.port, methods=(b"POST",)) as client:
        body = SMUGGLED * (LENGTH // len(SMUGGLED) + 1)
        client.send(post(LENGTH) + body[:LENGTH] + SMUGGLED)
        assert client.read(1).statuses[:1] == [413]
        outcome = client.read(2, within=2)
    origin.forget(PATH)
    smuggled = [one for one in origin.take() if one.request.target == b"/smuggled"]
    # The one after the body is a request; those within it are none.
    assert len(smuggled) <= 1
    assert len(outcome.statuses) <= 1 + len(smuggled)
    victim(sidecar.port)


@pytest.mark.parametrize("method", [b"POST", b"GET", b"OPTIONS", b"DELETE"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_body_of_a_failed_request(
    method: bytes, framing: str, own_refused: Sidecar, origin: Origin
) -> None:
    """SM6: answered by our own error; the body that is a request does not run."""
    data = post(len(SMUGGLED), method) + SMUGGLED
    if framing == "chunked":
        data = method + b" /early HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n"
        data += b"\r\n%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    with Client(own_refused.port, methods=(method,)) as client:
        outcome = client.ask(data)
        assert outcome.statuses == [502]
        client.send(b"BROKEN\r\n\r\n")
        outcome = client.read()
    # Either the connection ended with the first answer, or the next was judged alone.
    assert outcome.statuses in ([502], [502, 400]), outcome


@pytest.fixture
def own_refused(shared_sidecar: Start) -> Sidecar:
    """Before an address where nobody listens."""
    return shared_sidecar({"upstreams": {"default": {"url": "http://127.0.0.1:9"}}})


@pytest.mark.parametrize("length", [10, 100_000])
def test_refused_body_is_not_read_as_requests(
    length: int, shared_sidecar: Start, origin: Origin
) -> None:
    """SM8: an early refusal of ours, 413, and the body that comes all the same."""
    sidecar = shared_sidecar({"limits": {"body": 5}})
    with Client(sidecar.port, methods=(b"POST",) * 2) as client:
        client.send(post(length) + (SMUGGLED * (length // 10))[:length])
        outcome = client.read()
    assert outcome.statuses == [413]
    assert outcome.ended != "open"
    assert origin.take() == []
    victim(sidecar.port)


def test_chunked_body_above_the_limit(shared_sidecar: Start, origin: Origin) -> None:
    sidecar = shared_sidecar({"limits": {"body": 5}})
    start = b"POST /x HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
    with Client(sidecar.port, methods=(b"POST",)) as client:
        client.send(start + b"6\r\nhello!\r\n0\r\n\r\n")
        outcome = client.read()
    assert outcome.statuses == [413]
    assert outcome.ended != "open"
    assert origin.take() == []
    with Client(sidecar.port, methods=(b"POST",)) as client:
        assert client.ask(start + b"5\r\nhello\r\n0\r\n\r\n").status == 200
    origin.take()
