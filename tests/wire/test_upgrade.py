"""SM17: Upgrade. A tunnel begins after the backend's 101 and not a byte before."""

import pytest

from tests.conftest import Start
from tests.harness.client import Client, victim
from tests.harness.origin import Connection, Origin, Wait, reply
from tests.harness.sidecar import Sidecar
from tests.harness.strict import Request

PATH = b"/ws"
OFFER = (
    b"GET /ws HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
SWITCH = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
)
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: t\r\n\r\n"


class Tunnel:
    """A script that switches when told, and then echoes."""

    def __init__(self) -> None:
        self.before = b""
        self.connection: Connection | None = None

    async def __call__(self, connection: Connection, _: Request) -> None:
        self.connection = connection
        self.before = connection.requests.pending
        connection.tunnel = bytearray()
        await connection.write(SWITCH)
        done = 0
        while not connection.lost.is_set():
            connection.arrived.clear()
            if len(connection.tunnel) > done:
                new = bytes(connection.tunnel[done:])
                done += len(new)
                await connection.write(new)
            else:
                await connection.arrived.wait()


def test_bytes_pass_both_ways(sidecar: Sidecar, origin: Origin) -> None:
    tunnel = Tunnel()
    origin.script(PATH, (tunnel,))
    with Client(sidecar.port) as client:
        client.send(OFFER)
        head = client.read_bytes(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 ")
        assert b"sec-websocket-accept: s3pplmbi" in head.lower()
        for data in (
            b"\x81\x80abcd",
            b"\x00" * 70_000 + b"!",
            b"GET / HTTP/1.1\r\n\r\n",
        ):
            client.raw.clear()
            client.send(data)
            assert client.read_bytes(data[-18:])[: len(data)] == data
    (received,) = origin.take()
    assert received.request.one(b"Upgrade") == b"websocket"
    assert [v.lower() for v in received.request.all(b"Connection")] == [b"upgrade"]
    assert tunnel.connection is not None
    connection = tunnel.connection
    assert origin.wait_for(lambda: connection not in origin.connections)
    victim(sidecar.port)


def test_early_bytes_wait_for_the_101(sidecar: Sidecar, origin: Origin) -> None:
    tunnel = Tunnel()
    origin.script(PATH, (Wait("switch"), tunnel))
    with Client(sidecar.port) as client:
        client.send(OFFER + b"early")
        assert origin.wait_for(lambda: bool(origin.received))
        victim(sidecar.port)
        origin.release("switch")
        client.read_bytes(b"early")
    assert tunnel.before == b""
    assert tunnel.connection is not None
    assert bytes(tunnel.connection.tunnel or b"") == b"early"
    origin.take()


def test_backend_end_reaches_the_client(sidecar: Sidecar, origin: Origin) -> None:
    async def switch_and_close(connection: Connection, _: Request) -> None:
        await connection.write(SWITCH + b"bye")
        connection.transport.close()

    origin.script(PATH, (switch_and_close,))
    with Client(sidecar.port) as client:
        client.send(OFFER)
        outcome = client.read()
    assert outcome.raw.endswith(b"bye")
    assert outcome.ended == "fin"
    origin.take()


REFUSALS = {
    "200": reply(b"no"),
    "426": reply(b"no", b"Upgrade: websocket", status=b"426 Upgrade Required"),
    "404": reply(b"no", status=b"404 Not Found"),
}


@pytest.mark.parametrize("status", REFUSALS)
def test_no_tunnel_without_101(status: str, sidecar: Sidecar, origin: Origin) -> None:
    """What was sent early is neither tunnelled nor a next request."""
    origin.script(PATH, REFUSALS[status])
    with Client(sidecar.port) as client:
        client.send(OFFER + SMUGGLED)
        outcome = client.read()
    assert outcome.status == int(status), outcome
    assert outcome.ended != "open"
    assert [one.request.target for one in origin.take()] == [PATH]
    victim(sidecar.port)


@pytest.mark.parametrize("protocol", [b"h2c", b"foo", b"TLS/1.0", b"websocket2"])
def test_other_protocols_are_not_passed_on(
    protocol: bytes, sidecar: Sidecar, origin: Origin
) -> None:
    offer = OFFER.replace(b"websocket\r", protocol + b"\r", 1)
    origin.script(PATH, reply(b"plain"))
    with Client(sidecar.port) as client:
        client.send(offer + SMUGGLED)
        outcome = client.read()
    assert outcome.statuses[:1] == [200]
    assert outcome.ended != "open"
    (received,) = origin.take()
    assert received.request.all(b"Upgrade") == []
    assert received.request.all(b"HTTP2-Settings") == []
    victim(sidecar.port)


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", b""),
        (b"Version: 13", b"Version: 777"),
        (b"GET", b"POST"),
        (b"HTTP/1.1", b"HTTP/1.0"),
        (b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\nhello"),
    ],
    ids=["no-key", "version-777", "post", "1.0", "body"],
)
def test_odd_offer_gets_an_answer_and_no_tunnel(
    given: bytes, made: bytes, sidecar: Sidecar, origin: Origin
) -> None:
    origin.script(PATH, reply(b"plain", status=b"426 X"))
    with Client(sidecar.port) as client:
        client.send(OFFER.replace(given, made, 1) + SMUGGLED)
        outcome = client.read()
    assert outcome.statuses in ([426], [400]), outcome
    assert outcome.ended != "open"
    assert SMUGGLED[:13] not in b"".join(one.raw for one in origin.take())
    victim(sidecar.port)


def test_backend_that_never_switches(shared_sidecar: Start, origin: Origin) -> None:
    sidecar = shared_sidecar({"defaults": {"timeouts": {"request": "2s"}}})
    origin.script(PATH, (Wait("never"),))
    with Client(sidecar.port) as client:
        client.send(OFFER + SMUGGLED)
        outcome = client.read()
    assert outcome.status == 504
    assert outcome.ended != "open"
    assert len(origin.take()) == 1
    victim(sidecar.port)
