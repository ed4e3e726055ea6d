"""ID1, SS3, SS4, RS8: who the client is said to be, and what is never believed."""

import json

import pytest

from tests.conftest import Start
from tests.harness.client import get, victim
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Request

CHAINS = {
    "one": [b"X-Forwarded-For: 1.2.3.4"],
    "two-fields": [b"X-Forwarded-For: 1.2.3.4", b"X-Forwarded-For: 5.6.7.8"],
    "unknown": [b"X-Forwarded-For: unknown"],
    "zone": [b"X-Forwarded-For: fe80::1%eth0"],
    "mapped": [b"X-Forwarded-For: ::ffff:1.2.3.4"],
    "port": [b"X-Forwarded-For: 1.2.3.4:80"],
    "quotes": [b'X-Forwarded-For: "1.2.3.4"'],
    "loopback": [b"X-Forwarded-For: 127.0.0.1"],
    "long": [b"X-Forwarded-For: " + b", ".join([b"1.2.3.4"] * 1000)],
    "forwarded": [b"Forwarded: for=1.2.3.4;host=evil;proto=https"],
    "obscure": [b'Forwarded: for="_x"'],
    "bad-forwarded": [b'Forwarded: for="1.2.3.4, ;;=,'],
    "real-ip": [b"X-Real-IP: 1.2.3.4"],
    "all": [
        b"X-Forwarded-For: 1.2.3.4",
        b"X-Forwarded-Host: evil",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Port: 1",
        b"X-Forwarded-Prefix: /evil",
        b"X-Forwarded-Scheme: https",
        b"X-Original-URL: /evil",
        b"X-Rewrite-URL: /evil",
        b"X-HTTP-Method-Override: DELETE",
        b"X-Sidecar-Client: evil",
    ],
}


def seen(origin: Origin) -> Request:
    (received,) = origin.take()
    return received.request


def told(request: Request) -> dict[bytes, bytes]:
    """What the origin is told of the way the request came."""
    return {
        name.lower(): value
        for name, value in request.fields
        if name.lower().startswith(b"x-forwarded-") or name.lower() == b"forwarded"
    }


def last_logged(sidecar: Sidecar, target: str) -> dict[str, object]:
    """The access log's line for `target`, which nobody else asked for."""

    def lines() -> list[str]:
        return [line for line in sidecar.stdout.splitlines() if target in line]

    await_condition(lambda: bool(lines()), explain=lambda: sidecar.stdout[-2000:])
    line: dict[str, object] = json.loads(lines()[-1])
    return line


@pytest.mark.parametrize("chain", CHAINS)
def test_stranger_is_not_believed(chain: str, sidecar: Sidecar, origin: Origin) -> None:
    """ID1: the origin and the log know the socket's peer alone."""
    target = f"/{chain}-{id(chain)}"
    outcome = get(sidecar.port, target.encode(), *CHAINS[chain], source="127.0.0.3")
    assert outcome.status == 200
    request = seen(origin)
    assert told(request) == {
        b"x-forwarded-for": b"127.0.0.3",
        b"x-forwarded-proto": b"http",
        b"x-forwarded-host": b"t",
        b"x-forwarded-port": b"80",
    }
    everything = b"".join(value for _, value in request.fields)
    assert b"evil" not in everything
    assert b"1.2.3.4" not in everything
    assert last_logged(sidecar, target)["client"] == "127.0.0.3"


TRUSTED = {
    "one": ([b"X-Forwarded-For: 1.2.3.4"], "1.2.3.4"),
    "ours-after": ([b"X-Forwarded-For: 1.2.3.4, 127.0.0.9"], "1.2.3.4"),
    "lied": ([b"X-Forwarded-For: 6.6.6.6, 1.2.3.4, 127.0.0.9"], "1.2.3.4"),
    "two-fields": (
        [b"X-Forwarded-For: 6.6.6.6", b"X-Forwarded-For: 1.2.3.4"],
        "1.2.3.4",
    ),
    "port": ([b"X-Forwarded-For: 1.2.3.4:5678"], "1.2.3.4"),
    "v6": ([b"X-Forwarded-For: 2001:db8::1"], "2001:db8::1"),
    "forwarded": ([b'Forwarded: for="[2001:db8::1]:80";proto=https'], "2001:db8::1"),
    "none": ([], "127.0.0.2"),
    "unparsable": ([b"X-Forwarded-For: 1.2.3.4, unknown"], "127.0.0.2"),
    "all-ours": ([b"X-Forwarded-For: 127.0.0.8, 127.0.0.9"], None),
}


@pytest.mark.parametrize("chain", TRUSTED)
def test_trusted_proxy_is_believed(
    chain: str, shared_sidecar: Start, origin: Origin
) -> None:
    """ID1: the first address from the right that is not a proxy of ours."""
    sidecar = shared_sidecar({"trusted_proxies": ["127.0.0.0/8"]})
    fields, client = TRUSTED[chain]
    target = f"/{chain}-{id(chain)}"
    get(sidecar.port, target.encode(), *fields, source="127.0.0.2")
    chains = [f.partition(b": ")[2] for f in fields if f.startswith(b"X-Forwarded-For")]
    appended = b", ".join([*chains, b"127.0.0.2"])
    assert told(seen(origin))[b"x-forwarded-for"] == appended
    logged = last_logged(sidecar, target)["client"]
    assert logged == client or (client is None and str(logged).startswith("127.0.0."))


def test_trusted_proxy_names_host_and_scheme(
    shared_sidecar: Start, origin: Origin
) -> None:
    sidecar = shared_sidecar({"trusted_proxies": ["127.0.0.0/8"]})
    get(
        sidecar.port,
        b"/",
        b"X-Forwarded-Host: shop.example",
        b"X-Forwarded-Proto: https",
        b"X-Forwarded-Port: 443",
        b"X-Request-Id: abc-123",
    )
    request = seen(origin)
    assert told(request)[b"x-forwarded-host"] == b"shop.example"
    assert told(request)[b"x-forwarded-proto"] == b"https"
    assert told(request)[b"x-forwarded-port"] == b"443"
    assert request.one(b"X-Request-Id") == b"abc-123"


@pytest.mark.parametrize("claimed", [b"abc", b"", b"a b", b"x" * 5000, b"\xff", b'"'])
def test_request_id_of_a_stranger_is_replaced(
    claimed: bytes, sidecar: Sidecar, origin: Origin
) -> None:
    outcome = get(sidecar.port, b"/", b"X-Request-Id: " + claimed)
    request_id = seen(origin).one(b"X-Request-Id")
    assert request_id
    assert request_id != claimed
    assert outcome.responses[0].one(b"X-Request-Id") == request_id


def test_trace_goes_on(sidecar: Sidecar, origin: Origin) -> None:
    trace = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    get(sidecar.port, b"/", b"traceparent: " + trace)
    passed = seen(origin).one(b"traceparent")
    assert passed is not None
    assert passed.split(b"-")[1] == trace.split(b"-")[1]


@pytest.mark.parametrize(
    "bad", [b"x", b"00-0-0-0", b"00-" + b"0" * 32 + b"-1-1", b"", b"\xff"]
)
def test_broken_trace_starts_anew(bad: bytes, sidecar: Sidecar, origin: Origin) -> None:
    get(sidecar.port, b"/", b"traceparent: " + bad, b"tracestate: evil=1")
    request = seen(origin)
    passed = request.one(b"traceparent")
    assert passed is None or [len(p) for p in passed.split(b"-")] == [2, 32, 16, 2]
    assert request.all(b"tracestate") == []


def test_redirect_is_relayed_not_followed(sidecar: Sidecar, origin: Origin) -> None:
    """SS3."""
    location = b"http://127.0.0.1:%d/admin" % sidecar.admin
    origin.script(b"/go", reply(b"", b"Location: " + location, status=b"302 Found"))
    outcome = get(sidecar.port, b"/go")
    assert outcome.status == 302
    assert outcome.responses[0].one(b"Location") == location
    assert len(origin.take()) == 1


def test_proxy_of_the_environment_is_not_asked(
    own_sidecar: Start, origin: Origin
) -> None:
    """SS4."""
    dead = dict.fromkeys(
        ("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9"
    )
    sidecar = own_sidecar(environment=dead)
    assert get(sidecar.port, b"/").status == 200
    assert len(origin.take()) == 1


INJECTIONS = [
    b"/%0d%0aSet-Cookie:%20x=1",
    b"/%0D%0A%0D%0A<script>alert(1)</script>",
    b"/?a=%0d%0aLocation:%20http://evil/",
    b"/<script>",
]


@pytest.mark.parametrize("target", INJECTIONS)
def test_nothing_is_reflected_by_our_errors(
    target: bytes, shared_sidecar: Start
) -> None:
    """RS8: neither as sent nor decoded."""
    refused = shared_sidecar({"upstreams": {"default": {"url": "http://127.0.0.1:9"}}})
    for accept in (b"text/html", b"application/json", b"*/*"):
        fields = (
            b"Accept: " + accept,
            b"X-In: a%0d%0aSet-Cookie: x",
            b"User-Agent: <b>",
        )
        outcome = get(refused.port, target, *fields)
        assert outcome.status >= 400
        assert outcome.wrong is None
        response = outcome.responses[0]
        assert response.all(b"Set-Cookie") == []
        assert b"<script>" not in response.body
        assert b"<b>" not in response.body
        assert response.all(b"Location") == []
    for line in refused.stdout.splitlines():
        assert json.loads(line)["status"] >= 400


def test_internal_names_stop_here(sidecar: Sidecar, origin: Origin) -> None:
    """RS9."""
    fields = (b"X-Sidecar-Route: x", b"Age: -1", b"Date: Thu, 01 Jan 1970 00:00:00 GMT")
    origin.script(b"/odd", reply(b"hello", *fields))
    outcome = get(sidecar.port, b"/odd", b"X-Sidecar-Route: y")
    assert outcome.status == 200
    assert outcome.responses[0].all(b"X-Sidecar-Route") == []
    assert seen(origin).all(b"X-Sidecar-Route") == []
    victim(sidecar.port)
