"""SM19: pipelined requests are answered in order, and not without bound ahead."""

import select

from tests.harness.client import Client, Outcome, victim
from tests.harness.kernel import BUFFERS
from tests.harness.origin import Origin, Wait, reply
from tests.harness.sidecar import Sidecar

MANY = 1000


def numbered(numbers: range) -> bytes:
    line = b"GET /victim?id=%d HTTP/1.1\r\nHost: t\r\n\r\n"
    return b"".join(line % number for number in numbers)


def bodies(outcome: Outcome) -> list[bytes]:
    return [bytes(response.body) for response in outcome.responses]


def test_a_thousand_are_answered_in_order(sidecar: Sidecar, origin: Origin) -> None:
    with Client(sidecar.port, methods=(b"GET",) * MANY) as client:
        outcome = client.ask(numbered(range(MANY)), MANY)
    assert outcome.wrong is None
    assert outcome.statuses == [200] * MANY
    assert bodies(outcome) == [b"%d" % number for number in range(MANY)]
    victim(sidecar.port)


def test_an_invalid_one_ends_the_connection(sidecar: Sidecar, origin: Origin) -> None:
    bad = b"GET /bad HTTP/1.1\r\nHost: a b\r\n\r\n"
    with Client(sidecar.port, methods=(b"GET",) * 4) as client:
        client.send(numbered(range(3)) + bad + numbered(range(3, 6)))
        outcome = client.read()
    assert outcome.wrong is None, outcome
    assert outcome.ended != "open"
    assert outcome.statuses == [200, 200, 200, 400], outcome
    assert bodies(outcome)[:-1] == [b"0", b"1", b"2"]
    assert origin.take() == []
    victim(sidecar.port)


def test_an_invalid_one_that_comes_later(sidecar: Sidecar, origin: Origin) -> None:
    with Client(sidecar.port, methods=(b"GET",) * 4) as client:
        client.send(numbered(range(2)))
        client.read(2)
        client.send(b"GET /bad HTTP/1.1\r\nHost: a b\r\n\r\n" + numbered(range(2)))
        outcome = client.read()
    assert outcome.statuses == [200, 200, 400]
    assert outcome.ended != "open"
    assert origin.take() == []


def test_bodies_and_requests_take_turns(sidecar: Sidecar, origin: Origin) -> None:
    post = b"POST /p HTTP/1.1\r\nHost: t\r\n"
    mixed = (
        post + b"Content-Length: 5\r\n\r\nhello"
        b"GET /g HTTP/1.1\r\nHost: t\r\n\r\n"
        + post
        + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
        b"HEAD /h HTTP/1.1\r\nHost: t\r\n\r\n"
    )
    methods = (b"POST", b"GET", b"POST", b"HEAD")
    with Client(sidecar.port, methods=methods) as client:
        outcome = client.ask(mixed, 4)
    assert outcome.statuses == [200] * 4
    seen = [(r.request.method, bytes(r.request.body)) for r in origin.take()]
    sent = [(b"POST", b"hello"), (b"GET", b""), (b"POST", b"hello"), (b"HEAD", b"")]
    assert seen == sent


def test_not_without_bound_ahead(sidecar: Sidecar, origin: Origin) -> None:
    """While the first is not answered, the sidecar soon reads no more."""
    origin.script(b"/first", (Wait("first"), reply(b"first")))
    before = sidecar.memory()
    segment = numbered(range(1000))
    with Client(sidecar.port, methods=(b"GET",) * 33) as client:
        client.send(b"GET /first HTTP/1.1\r\nHost: t\r\n\r\n")
        assert origin.wait_for(lambda: bool(origin.received))
        sent = 0
        most = BUFFERS + (4 << 20)
        while select.select([], [client.sock], [], 0.3)[1] and sent < 2 * most:
            sent += client.sock.send(segment)
        assert sent < most, "read on and on"
        assert sidecar.memory() - before < 1 << 24
        assert len(origin.take()) == 1
        victim(sidecar.port)
        origin.release("first")
        outcome = client.read(2)
        assert bodies(outcome)[:2] == [b"first", b"0"]
    origin.take()
    victim(sidecar.port)


def test_cut_within_the_pipeline(sidecar: Sidecar, origin: Origin) -> None:
    data = numbered(range(3))
    for at in range(1, len(data)):
        with Client(sidecar.port, methods=(b"GET",) * 3) as client:
            client.send_pieces((data[:at], data[at:]))
            outcome = client.read(3)
        assert bodies(outcome) == [b"0", b"1", b"2"], data[:at]
