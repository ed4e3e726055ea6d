import pytest

from sidecar.errors import ConnectionRefused
from sidecar.units import Instant
from sidecar.upstream.endpoint import SHUN, Address, Endpoint
from sidecar.upstream.pool import Line, Pool
from sidecar.upstream.resolve import Fixed


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("http://127.0.0.1:3000", Address("127.0.0.1", 3000)),
        ("http://127.0.0.1:3000/", Address("127.0.0.1", 3000)),
        ("http://app", Address("app", 80)),
        ("HTTP://App", Address("app", 80)),
        ("https://app", Address("app", 443, tls=True)),
        ("https://app:8443", Address("app", 8443, tls=True)),
        ("http://[::1]:80", Address("::1", 80)),
        ("http://bücher.example", Address("xn--bcher-kva.example", 80)),
        ("unix:/run/app.sock", Address("localhost", path="/run/app.sock")),
    ],
)
def test_parse(url, address):
    assert Address.parse(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "127.0.0.1:3000",
        "ftp://app",
        "http://",
        "http://:80",
        "http://u:p@app",
        "http://app/base",
        "http://app?q",
        "http://app#f",
        "http://app:0",
        "http://app:65536",
        "http://app:x",
        "http://a b",
        "http://ü" + "x" * 70,
        "http://app\r\nX: y",
        "unix:app.sock",
        "unix:",
        "unix:/a\0b",
    ],
)
def test_refuses(url):
    with pytest.raises(ValueError, match=r".+"):
        Address.parse(url)


@pytest.mark.parametrize(
    ("url", "label", "authority", "literal"),
    [
        ("http://127.0.0.1:3000", "127.0.0.1:3000", b"127.0.0.1:3000", True),
        ("http://app", "app:80", b"app", False),
        ("https://app", "app:443", b"app", False),
        ("https://app:80", "app:80", b"app:80", False),
        ("http://[::1]", "[::1]:80", b"[::1]", True),
        ("unix:/run/app.sock", "unix:/run/app.sock", b"localhost", True),
    ],
)
def test_names(url, label, authority, literal):
    address = Address.parse(url)
    assert (address.label, address.authority, address.is_literal) == (
        label,
        authority,
        literal,
    )


def test_remembers_since_when_it_fails():
    endpoint = Endpoint(Address("127.0.0.1", 1), Pool(1, Line()), Fixed("127.0.0.1"))
    endpoint.failed(ConnectionRefused("no"), Instant(5.0))
    endpoint.failed(ConnectionRefused("still no"), Instant(9.0))
    assert (endpoint.failing_since, endpoint.last_error) == (5.0, "still no")
    assert endpoint.shunned_until == 9.0 + SHUN
    assert not endpoint.contacted
    endpoint.succeeded()
    assert (endpoint.failing_since, endpoint.last_error) == (None, None)
    assert endpoint.contacted
    assert endpoint.shunned_until <= 9.0
