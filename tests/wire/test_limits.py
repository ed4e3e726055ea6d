"""RE4, RE7, SM12, SM14: at a limit a request passes, one above it does not."""

import pytest

from tests.conftest import Start
from tests.harness.client import Client, Outcome, get, victim
from tests.harness.origin import Origin
from tests.harness.sidecar import Sidecar, await_condition

SMALL = {
    "limits": {"head": 2000, "field": 500, "fields": 10, "target": 200, "body": 1000}
}
POST = b"POST /x HTTP/1.1\r\nHost: t\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def small(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(SMALL)


def send(sidecar: Sidecar, data: bytes) -> Outcome:
    with Client(sidecar.port) as client:
        return client.ask(data)


def refusal(sidecar: Sidecar, data: bytes) -> int:
    """The status with which the connection ended; 0 where it did not."""
    with Client(sidecar.port) as client:
        client.send(data)
        outcome = client.read()
    assert outcome.wrong is None, outcome
    return outcome.status if outcome.ended != "open" else 0


def with_target(size: int) -> bytes:
    return b"GET /%b HTTP/1.1\r\nHost: t\r\n\r\n" % (b"a" * (size - 1))


def with_field(size: int) -> bytes:
    return b"GET / HTTP/1.1\r\nHost: t\r\nX: %b\r\n\r\n" % (b"v" * (size - 3))


def with_fields(number: int) -> bytes:
    fields = b"".join(b"X-%d: v\r\n" % n for n in range(number - 1))
    return b"GET / HTTP/1.1\r\nHost: t\r\n%b\r\n" % fields


def with_head(size: int) -> bytes:
    """A head of exactly `size` bytes, with fields of at most 400."""
    head = b"GET / HTTP/1.1\r\nHost: t\r\n"
    while size - len(head) - 2 > 402:
        head += b"X: " + b"v" * 195 + b"\r\n"
    head += b"Y: " + b"v" * (size - len(head) - 7) + b"\r\n\r\n"
    assert len(head) == size
    return head


def with_body(size: int) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % size + b"v" * size


def with_chunk(size: int) -> bytes:
    return CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (size, b"v" * size)


LIMITS = {
    "target": (with_target, 200, 414),
    "field": (with_field, 500, 431),
    "fields": (with_fields, 10, 431),
    "head": (with_head, 2000, 431),
    "body": (with_body, 1000, 413),
    "chunk": (with_chunk, 1000, 413),
}


@pytest.mark.parametrize("limit", LIMITS)
def test_limit_of_the_configuration(limit: str, small: Sidecar, origin: Origin) -> None:
    make, size, status = LIMITS[limit]
    assert send(small, make(size)).status == 200
    assert len(origin.take()) == 1
    assert refusal(small, make(size + 1)) == status
    assert origin.take() == []
    victim(small.port)


DEFAULTS = {
    "target": (with_target, 8 << 10, 414),
    "field": (with_field, 16 << 10, 431),
    "fields": (with_fields, 100, 431),
}


@pytest.mark.parametrize("limit", DEFAULTS)
def test_limit_by_default(limit: str, sidecar: Sidecar, origin: Origin) -> None:
    make, size, status = DEFAULTS[limit]
    assert send(sidecar, make(size)).status == 200
    assert len(origin.take()) == 1
    assert refusal(sidecar, make(size + 1)) == status
    assert origin.take() == []


ENDLESS = {
    "target": (b"GET /", b"a" * 1000, {414}),
    "method": (b"", b"G" * 1000, {400, 501, 431}),
    "field": (b"GET / HTTP/1.1\r\nHost: t\r\nX: ", b"v" * 1000, {431}),
    "name": (b"GET / HTTP/1.1\r\nHost: t\r\n", b"X" * 1000, {431, 400}),
    "fields": (b"GET / HTTP/1.1\r\nHost: t\r\n", b"X: v\r\n" * 100, {431}),
    "extension": (CHUNKED + b"5;", b"a" * 1000, {400, 413}),
    "size": (CHUNKED, b"0" * 1000, {400}),
    "trailers": (CHUNKED + b"0\r\n", b"X: v\r\n" * 100, {400, 413, 431}),
    "trailer": (CHUNKED + b"0\r\nX: ", b"v" * 1000, {400, 413, 431}),
    "line-ends": (b"", b"\r\n" * 500, {400}),
}


@pytest.mark.parametrize("kind", ENDLESS)
def test_endless_input_is_ended(kind: str, sidecar: Sidecar, origin: Origin) -> None:
    """It need not be complete to be too much: 1 MB never comes together."""
    start, more, statuses = ENDLESS[kind]
    with Client(sidecar.port) as client:
        client.send(start)
        for _ in range(1000):
            if not client.send(more):
                break
        outcome = client.read()
    assert outcome.ended != "open"
    assert outcome.status in statuses or outcome.raw == b"", outcome
    assert origin.take() == []
    victim(sidecar.port)


OVERHEADS = {
    "extension": CHUNKED + b"5;a=" + b"b" * 20_000 + b"\r\nhello\r\n0\r\n\r\n",
    "extensions": CHUNKED + (b"1;" + b"b" * 100 + b"\r\nv\r\n") * 1000 + b"0\r\n\r\n",
    "last-extension": CHUNKED + b"0;" + b"b" * 20_000 + b"\r\n\r\n",
    "trailers": CHUNKED + b"0\r\n" + b"X: v\r\n" * 33 + b"\r\n",
    "500-trailers": CHUNKED + b"0\r\n" + b"X: v\r\n" * 500 + b"\r\n",
    "trailer": CHUNKED + b"0\r\nX: " + b"v" * 8200 + b"\r\n\r\n",
}


@pytest.mark.parametrize("kind", OVERHEADS)
def test_chunk_overhead_is_bounded(kind: str, sidecar: Sidecar, origin: Origin) -> None:
    """SM12, SM14: 16 KiB of extensions, 8 KiB or 32 fields of trailers."""
    assert refusal(sidecar, OVERHEADS[kind]) in {400, 413, 431}
    assert origin.take() == []
    victim(sidecar.port)


def test_small_chunks_are_no_overhead(sidecar: Sidecar, origin: Origin) -> None:
    data = CHUNKED + b"1\r\nv\r\n" * 3000 + b"0\r\n\r\n"
    assert send(sidecar, data).status == 200
    (received,) = origin.take()
    assert received.request.size == 3000


COMMAS = dict.fromkeys(("Accept-Encoding", "If-None-Match", "Cache-Control", "Accept", "Via", "X-Forwarded-For", "Forwarded", "Range", "TE"), b", " * 4000) | {"Cookie": b"; " * 4000, "Host-like": b",;=" * 4000, "traceparent": b"-" * 8000}  # fmt: skip


@pytest.mark.parametrize("name", COMMAS)
def test_long_lists_cost_little(name: str, sidecar: Sidecar, origin: Origin) -> None:
    """RE7: the answer comes; a parser that squares would not be done by then."""
    line = name.encode() + b": a" + COMMAS[name] + b"a"
    outcomes = [get(sidecar.port, b"/", line).status for _ in range(10)]
    assert set(outcomes) <= {200, 400, 431}
    assert len(set(outcomes)) == 1
    origin.take()


def test_connections_of_one_address(own_sidecar: Start, origin: Origin) -> None:
    """RE1: the fourth is turned away, another address is not."""
    sidecar = own_sidecar({"limits": {"connections_per_ip": 3}})
    held = [Client(sidecar.port, "127.0.0.5") for _ in range(3)]
    for client in held:
        assert client.ask(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
    with Client(sidecar.port, "127.0.0.5") as fourth:
        fourth.send(b"GET /fourth HTTP/1.1\r\nHost: t\r\n\r\n")
        outcome = fourth.read()
    assert outcome.ended != "open"
    assert outcome.statuses in ([], [503], [429]), outcome
    assert b"/fourth" not in b"".join(one.raw for one in origin.take())
    assert get(sidecar.port, b"/", source="127.0.0.6").status == 200
    for client in held:
        client.close()
    await_condition(lambda: get(sidecar.port, b"/", source="127.0.0.5").status == 200)


def test_connections_in_all(own_sidecar: Start, origin: Origin) -> None:
    """P8: above the limit a client waits or is turned away; then things go on."""
    sidecar = own_sidecar({"limits": {"connections": 5}})
    held = [Client(sidecar.port) for _ in range(5)]
    for client in held:
        assert client.ask(b"GET / HTTP/1.1\r\nHost: t\r\n\r\n").status == 200
    with Client(sidecar.port) as more:
        more.send(b"GET /more HTTP/1.1\r\nHost: t\r\n\r\n")
        assert more.read(1, within=0.5).statuses in ([], [503])
    assert b"/more" not in b"".join(one.raw for one in origin.take())
    for client in held:
        client.close()
    await_condition(lambda: get(sidecar.port).status == 200)
    origin.take()
