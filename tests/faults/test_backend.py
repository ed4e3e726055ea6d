"""R1 to R7: a backend that is down, deaf, dying or slow."""

import contextlib
import select
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import Start
from tests.harness.client import Client, get, victim
from tests.harness.origin import Connection, End, Origin, Wait, reply
from tests.harness.ports import reserved_port
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Request

PATIENT = {"request": "60s", "between_bytes": "60s"}
SHORT = {
    "defaults": {
        "timeouts": {"connect": "300ms", "request": "2s", "between_bytes": "1s"}
    },
    # Who is served meanwhile may wait, on a busy machine.
    "routes": [
        {"name": "victim", "match": {"path": "/victim"}, "timeouts": PATIENT},
        {"name": "held", "match": {"path": "/held"}, "timeouts": PATIENT},
    ],
}
POST = b"POST %b HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhello"


@pytest.fixture
def hasty(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(SHORT)


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full: what connects there waits for ever."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    waiting = []
    for _ in range(4):
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex(listening.getsockname())
        waiting.append(one)
    yield listening.getsockname()[1]
    for one in (*waiting, listening):
        one.close()


def upstream(port: int) -> dict[str, object]:
    return {"upstreams": {"default": {"url": f"http://127.0.0.1:{port}"}}}


def is_gone(origin: Origin, number: int) -> bool:
    return origin.wait_for(
        lambda: all(one.number != number for one in origin.connections)
    )


def test_down(own_sidecar: Start) -> None:
    """R1: refused is a 502, each time, and the client's connection goes on."""
    sidecar = own_sidecar(upstream(reserved_port()))
    with Client(sidecar.port, methods=(b"GET",) * 3) as client:
        outcome = client.ask(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n" * 3, 3)
    assert outcome.statuses == [502] * 3
    assert outcome.wrong is None
    for response in outcome.responses:
        assert b"connection_refused" in (response.one(b"Proxy-Status") or b"")


def test_down_and_up_again(own_sidecar: Start) -> None:
    port = reserved_port()
    sidecar = own_sidecar(upstream(port))
    assert get(sidecar.port).status == 502
    with Origin(port=port):
        assert get(sidecar.port).status == 200
    assert get(sidecar.port).status == 502


def test_black_hole(own_sidecar: Start, full_port: int) -> None:
    """R2: the connect deadline, then 504."""
    sidecar = own_sidecar({**SHORT, **upstream(full_port)})
    outcome = get(sidecar.port)
    assert outcome.status == 504
    proxy_status = outcome.responses[0].one(b"Proxy-Status") or b""
    assert (
        b"connection_timeout" in proxy_status
        or b"http_response_timeout" in proxy_status
    )


def test_never_answers(hasty: Sidecar, origin: Origin) -> None:
    """R3: 504, the upstream connection closed, others served meanwhile."""
    origin.script(b"/deaf", (Wait("never"),))
    clients = [Client(hasty.port) for _ in range(20)]
    for client in clients:
        client.send(b"GET /deaf HTTP/1.1\r\nHost: t\r\n\r\n")
    assert origin.wait_for(lambda: len(origin.received) >= 20)
    victim(hasty.port)
    for client in clients:
        outcome = client.read(1)
        assert outcome.status == 504, outcome
        proxy_status = outcome.responses[0].one(b"Proxy-Status") or b""
        assert b"http_response_timeout" in proxy_status
        client.close()
    for received in origin.take():
        assert is_gone(origin, received.connection)
    victim(hasty.port)


def test_frozen(hasty: Sidecar, origin: Origin) -> None:
    """R3: not even reading what is sent to it."""
    origin.script(b"/frozen", (End.FREEZE,), early=True)
    with Client(hasty.port) as client:
        length = 64 << 20
        client.send(
            b"POST /frozen HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % length
        )
        while client.ended == "open" and not client.outcome().responses:
            select.select([client.sock], [client.sock], [], 30)
            # What cannot be sent will be known by what is read.
            with contextlib.suppress(BlockingIOError, ConnectionError):
                client.sock.send(bytes(65536))
            client.pull()
        outcome = client.read(1)
    assert outcome.statuses == [504], outcome
    victim(hasty.port)
    origin.drop_all()


DEATHS = {
    "head-fin": ((End.FIN,), True),
    "head-rst": ((End.RST,), True),
    "half-head": ((b"HTTP/1.1 200 OK\r\nContent-Le", End.FIN), True),
    "body-fin": ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", End.FIN), False),
    "body-rst": ((b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", End.RST), False),
    "chunk-fin": (
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n",
            End.FIN,
        ),
        False,
    ),
    "later": (
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhell\r\n",
            Wait("later"),
            End.RST,
        ),
        False,
    ),
}


@pytest.mark.parametrize("method", [b"GET", b"POST"])
@pytest.mark.parametrize("death", DEATHS)
def test_dies(death: str, method: bytes, sidecar: Sidecar, origin: Origin) -> None:
    """R4: 502 before the head was passed on, a broken message after it."""
    script, before_head = DEATHS[death]
    origin.script(b"/dies", script)
    request = POST % b"/dies"
    if method == b"GET":
        request = b"GET /dies HTTP/1.1\r\nHost: t\r\n\r\n"
    with Client(sidecar.port) as client:
        client.send(request)
        if death == "later":
            client.read_bytes(b"hell")
            origin.release("later")
        outcome = client.read(1)
    if before_head:
        assert outcome.status == 502, outcome
        assert outcome.wrong is None
    else:
        is_cut = outcome.wrong == "incomplete" and outcome.ended != "open"
        assert is_cut or outcome.status == 502, outcome
    origin.take()
    victim(sidecar.port)


def test_silent_within_the_body(hasty: Sidecar, origin: Origin) -> None:
    """R6: between_bytes; what had come is not made to look like all."""
    begin = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello"
    origin.script(b"/silent", (begin, Wait("never")))
    with Client(hasty.port) as client:
        client.send(b"GET /silent HTTP/1.1\r\nHost: t\r\n\r\n")
        client.read_bytes(b"hello")
        victim(hasty.port)
        outcome = client.read(1)
    assert outcome.ended != "open"
    assert outcome.wrong == "incomplete"
    (received,) = origin.take()
    assert is_gone(origin, received.connection)
    victim(hasty.port)


def test_slow_but_steady(shared_sidecar: Start, origin: Origin) -> None:
    """R6: each byte puts the deadline off; the whole takes longer than it."""
    timeouts = {"request": "60s", "between_bytes": "2s"}
    sidecar = shared_sidecar({"defaults": {"timeouts": timeouts}})

    async def drip(connection: Connection, _: Request) -> None:
        await connection.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
        for _unused in range(10):
            await connection.pause(0.3)
            await connection.write(b"v")

    origin.script(b"/drip", (drip,))
    outcome = get(sidecar.port, b"/drip")
    assert outcome.status == 200, outcome
    assert outcome.responses[0].body == b"v" * 10
    origin.take()


@pytest.fixture
def pooled(shared_sidecar: Start, origin: Origin) -> Sidecar:
    """A sidecar whose pool is empty."""
    upstreams = {"default": {"url": origin.url, "connections": 16}}
    sidecar = shared_sidecar({"upstreams": upstreams})
    origin.drop_all()
    return sidecar


def use_once(sidecar: Sidecar, origin: Origin) -> int:
    """Leave exactly one idle connection in the pool; its number."""
    assert get(sidecar.port, b"/first").status == 200
    (received,) = origin.take()
    return received.connection


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"OPTIONS"])
@pytest.mark.parametrize("end", [End.FIN, End.RST], ids=lambda end: end.name)
def test_stale_connection_is_replaced(
    method: bytes, end: End, pooled: Sidecar, origin: Origin
) -> None:
    """R7: one silent retry on a new connection."""
    stale = use_once(pooled, origin)
    origin.script(b"/again", (end,), reply(b"" if method == b"HEAD" else b"hello"))
    with Client(pooled.port, methods=(method,)) as client:
        outcome = client.ask(method + b" /again HTTP/1.1\r\nHost: t\r\n\r\n")
    assert outcome.status == 200, outcome
    first, second = origin.take()
    assert first.connection == stale
    assert second.connection != stale
    assert first.request.target == second.request.target


@pytest.mark.parametrize("end", [End.FIN, End.RST], ids=lambda end: end.name)
def test_post_is_not_repeated(end: End, pooled: Sidecar, origin: Origin) -> None:
    """R7: it was sent, and nobody knows what became of it."""
    stale = use_once(pooled, origin)
    origin.script(b"/again", (end,), reply(b"twice"))
    with Client(pooled.port) as client:
        outcome = client.ask(POST % b"/again")
    assert outcome.status == 502, outcome
    (received,) = origin.take()
    assert received.connection == stale


def test_new_connection_that_dies_is_no_stale_one(
    pooled: Sidecar, origin: Origin
) -> None:
    """R7: a backend that resets everything is not asked for ever."""
    origin.script(b"/dies", (End.RST,))
    assert get(pooled.port, b"/dies").status == 502
    assert 1 <= len(origin.take()) <= 2


def test_connections_dropped_while_idle(pooled: Sidecar, origin: Origin) -> None:
    """R7: the pool notices, or retries; no client ever does."""
    for _ in range(50):
        assert get(pooled.port, b"/").status == 200
        with Client(pooled.port) as client:
            assert client.ask(POST % b"/post").status == 200
        origin.drop_all()
    assert len(origin.take()) == 100


def test_connections_are_reused(pooled: Sidecar, origin: Origin) -> None:
    """The pool is LIFO: one client at a time needs one connection."""
    for _ in range(50):
        assert get(pooled.port, b"/").status == 200
    assert len({received.connection for received in origin.take()}) == 1


def test_pooled_connection_is_closed_before_the_backend_does(
    own_sidecar: Start, origin: Origin
) -> None:
    upstreams = {"default": {"keepalive": "300ms", "url": origin.url}}
    sidecar = own_sidecar({"upstreams": upstreams})
    number = use_once(sidecar, origin)
    await_condition(lambda: is_gone(origin, number))
    assert get(sidecar.port).status == 200
    origin.take()


def test_pool_that_is_full(own_sidecar: Start, origin: Origin) -> None:
    """A slot that does not become free in time is a 503; freed, it serves again."""
    upstreams = {"default": {"connections": 1, "url": origin.url}}
    sidecar = own_sidecar({**SHORT, "upstreams": upstreams})
    origin.script(b"/held", (Wait("held"), reply(b"held")))
    with Client(sidecar.port) as holder, Client(sidecar.port) as waiting:
        holder.send(b"GET /held HTTP/1.1\r\nHost: t\r\n\r\n")
        assert origin.wait_for(lambda: bool(origin.received))
        waiting.send(b"GET /waits HTTP/1.1\r\nHost: t\r\n\r\n")
        assert waiting.read(1).status == 503
        origin.release("held")
        assert holder.read(1).status == 200
    victim(sidecar.port)
    assert [one.request.target for one in origin.take()] == [b"/held"]
