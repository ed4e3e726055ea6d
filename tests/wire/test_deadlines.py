"""RE1, RE2, RE3, RE15: a client that is slow is ended, and others never wait for it."""

import select
import time

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get, victim
from tests.harness.origin import Connection, Origin, Wait
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Request

SHORT = {
    "defaults": {
        "timeouts": {
            "client_head": "1s",
            "client_body": "1s",
            "client_idle": "1s",
            "write": "1s",
        }
    },
    "upstreams": {"default": {"connections": 2}},
}
POST = b"POST /slow HTTP/1.1\r\nHost: t\r\n"


@pytest.fixture
def hasty(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(SHORT)


def until_ended(sidecar: Sidecar, clients: list[Client]) -> int:
    """Serve another client until all these have ended; how often that was."""
    served = 0
    last = time.monotonic() + 30
    while any(client.ended == "open" for client in clients):
        assert time.monotonic() < last, [client.raw for client in clients]
        victim(sidecar.port)
        served += 1
        going = [client.sock for client in clients if client.ended == "open"]
        select.select(going, [], [], 0.02)
        for client in clients:
            client.pull()
    return served


HEADS = [
    b"G",
    b"GET",
    b"GET / HTTP/1.1\r\n",
    b"GET / HTTP/1.1\r\nHost: t\r\nX: ",
    b"GET / HTTP/1.1\r\nHost: t\r\nX: y\r\n",
    b"GET / HTTP/1.1\r\nHost: t\r\nX: y\r\n\r",
    b"POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n",
]


def test_half_a_head(hasty: Sidecar, origin: Origin) -> None:
    """RE1: 408, while another client is served."""
    clients = [Client(hasty.port) for _ in HEADS]
    for client, head in zip(clients, HEADS, strict=True):
        client.send(head)
    assert until_ended(hasty, clients) > 1
    for client in clients:
        assert client.outcome().statuses == [408], client.raw
        client.close()
    assert origin.take() == []


def test_head_that_never_ends(hasty: Sidecar, origin: Origin) -> None:
    """RE1: bytes that keep coming do not put the deadline off."""
    with Client(hasty.port) as client:
        client.send(b"GET / HTTP/1.1\r\nHost: t\r\nX: ")
        last = time.monotonic() + 30
        while client.ended == "open":
            assert time.monotonic() < last, "still open"
            client.send(b"v")
            select.select([client.sock], [], [], 0.05)
            client.pull()
        assert client.outcome().statuses == [408]
    assert origin.take() == []


def test_second_head_that_never_ends(hasty: Sidecar, origin: Origin) -> None:
    with Client(hasty.port, methods=(b"GET", b"GET")) as client:
        assert client.ask(b"GET /1 HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
        client.send(b"GET /2 HTTP/1.1\r\n")
        outcome = client.read()
    assert outcome.statuses == [200, 408]
    assert outcome.ended != "open"
    assert len(origin.take()) == 1


def test_silent_connection_is_closed(hasty: Sidecar, origin: Origin) -> None:
    """A connection on which nothing was asked ends without an answer."""
    with Client(hasty.port) as silent, Client(hasty.port) as kept:
        assert kept.ask(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
        until_ended(hasty, [silent, kept])
        assert silent.outcome().statuses in ([], [408])
        assert kept.outcome().statuses == [200]
    origin.take()


BODIES = {
    "length": POST + b"Content-Length: 100\r\n\r\n",
    "length-some": POST + b"Content-Length: 100\r\n\r\n" + b"v" * 50,
    "chunked": POST + b"Transfer-Encoding: chunked\r\n\r\n",
    "chunked-some": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    "chunked-size": POST + b"Transfer-Encoding: chunked\r\n\r\n5",
    "chunked-last": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\n",
    "chunked-trailer": POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    "large-some": POST + b"Content-Length: 200000\r\n\r\n" + b"v" * 100_000,
}


def test_half_a_body(hasty: Sidecar, origin: Origin) -> None:
    """RE2: 408; a small body holds no upstream connection while it comes."""
    clients = [Client(hasty.port, methods=(b"POST",)) for _ in BODIES]
    for client, data in zip(clients, BODIES.values(), strict=True):
        client.send(data)
    assert until_ended(hasty, clients) > 1
    for client in clients:
        assert client.outcome().statuses == [408], client.raw
        client.close()
    assert origin.take() == []
    victim(hasty.port)


def test_slow_bodies_hold_no_upstream_slot(
    shared_sidecar: Start, origin: Origin
) -> None:
    """F15: two slots, fifty clients that owe a body, and a victim that is served."""
    sidecar = shared_sidecar({"upstreams": {"default": {"connections": 2}}})
    clients = [Client(sidecar.port) for _ in range(50)]
    for client in clients:
        client.send(POST + b"Content-Length: 1000\r\n\r\nv")
        assert client.await_read()
    victim(sidecar.port)
    assert origin.take() == []
    for client in clients:
        client.send(b"v" * 999)
    for client in clients:
        assert client.read(1).status == 200
        client.close()
    assert len(origin.take()) == 50


def test_steady_body_passes(shared_sidecar: Start, origin: Origin) -> None:
    """The deadline is for silence: a body may take longer than that in all."""
    sidecar = shared_sidecar({"defaults": {"timeouts": {"client_body": "2s"}}})
    with Client(sidecar.port) as client:
        client.send(POST + b"Content-Length: 10000\r\n\r\n")
        for _ in range(10):
            client.send(b"v" * 1000)
            select.select([client.sock], [], [], 0.3)
        outcome = client.read(1)
    assert outcome.status == 200, outcome
    (received,) = origin.take()
    assert received.request.size == 10_000


async def endless(connection: Connection, _: Request) -> None:
    """A response that goes on as long as somebody takes it."""
    await connection.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    chunk = b"10000\r\n" + bytes(65536) + b"\r\n"
    while not connection.lost.is_set():
        await connection.write(chunk)


def test_client_that_does_not_read(hasty: Sidecar, origin: Origin) -> None:
    """RE3: the write stalls, so the connection is cut and the upstream let go."""
    origin.script(b"/endless", (endless,))
    with Client(hasty.port) as client:
        client.send(b"GET /endless HTTP/1.1\r\nHost: t\r\n\r\n")
        assert origin.wait_for(lambda: bool(origin.received))
        (received,) = origin.take()

        def is_let_go() -> bool:
            numbers = {one.number for one in origin.connections}
            return received.connection not in numbers

        assert origin.wait_for(is_let_go)
        victim(hasty.port)
        outcome = client.read()
    assert outcome.ended != "open"
    assert outcome.wrong == "incomplete"


def test_events_pass_at_once(sidecar: Sidecar, origin: Origin) -> None:
    """RE15: each event arrives before the next is sent."""
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
    script = (
        head + b"Transfer-Encoding: chunked\r\n\r\n",
        b"9\r\ndata: 1\n\n\r\n",
        Wait("second"),
        b"9\r\ndata: 2\n\n\r\n",
        Wait("third"),
        b"9\r\ndata: 3\n\n\r\n0\r\n\r\n",
    )
    origin.script(b"/events", script)
    with Client(sidecar.port) as client:
        client.send(b"GET /events HTTP/1.1\r\nHost: t\r\n\r\n")
        client.read_bytes(b"data: 1\n\n")
        origin.release("second")
        client.read_bytes(b"data: 2\n\n")
        origin.release("third")
        outcome = client.read(1)
    assert outcome.responses[0].body == b"data: 1\n\ndata: 2\n\ndata: 3\n\n"
    origin.take()


@pytest.mark.parametrize("when", ["before-head", "within-body"])
def test_client_that_left_is_not_waited_for(
    when: str, sidecar: Sidecar, origin: Origin
) -> None:
    """RE15, P13: the upstream is let go when the client has left."""
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nv\r\n"
    script = (Wait("never"),) if when == "before-head" else (head, Wait("never"))
    origin.script(b"/left", script)
    client = Client(sidecar.port)
    client.send(b"GET /left HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: bool(origin.received))
    if when == "within-body":
        client.read_bytes(b"1\r\nv\r\n")
    (received,) = origin.take()
    client.close()
    assert origin.wait_for(
        lambda: all(one.number != received.connection for one in origin.connections)
    )
    victim(sidecar.port)


def test_the_upstream_is_told_what_is_left(own_sidecar: Start, origin: Origin) -> None:
    sidecar = own_sidecar(
        {"defaults": {"timeouts": {"request": "20s", "tell": "X-Request-Timeout-Ms"}}}
    )
    assert get(sidecar.port, b"/", b"X-Request-Timeout-Ms: 99999999").status == 200
    (received,) = origin.take()
    told = received.request.all(b"x-request-timeout-ms")
    assert len(told) == 1
    assert 0 < int(told[0]) <= 20_000
