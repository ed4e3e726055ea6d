from ipaddress import IPv4Address

import pytest

from sidecar.config.addresses import (
    Endpoint,
    Listen,
    endpoint,
    listen,
    network,
    without_userinfo,
)

ANY = str(IPv4Address(0))


@pytest.mark.parametrize(
    ("given", "expected", "loopback"),
    [
        ("127.0.0.1:80", Listen("127.0.0.1", 80), True),
        ("127.9.9.9:80", Listen("127.9.9.9", 80), True),
        ("localhost:80", Listen("localhost", 80), True),
        ("[::1]:80", Listen("::1", 80), True),
        ("unix:/run/s.sock", Listen("", 0, "/run/s.sock"), True),
        (":8080", Listen(ANY, 8080), False),
        ("[::]:8080", Listen("::", 8080), False),
        ("0.0.0.0:0", Listen(ANY, 0), False),
        ("example.com:80", Listen("example.com", 80), False),
    ],
)
def test_listens(given, expected, loopback):
    found = listen(given)
    assert (found, found.is_loopback) == (expected, loopback)
    assert listen(str(found)) == found


@pytest.mark.parametrize(
    "given",
    [
        "8080",
        8080,
        None,
        "::",
        "::1:80",
        "[::1]",
        "a b:80",
        "1.2.3.4:99999",
        "[x]:80",
        "999.1.1.1:80",
        "unix:run",
        "unix:/" + "x" * 200,
        "http://a:80",
        "unix:/a\0b",
    ],
)
def test_does_not_listen(given):
    with pytest.raises(ValueError, match=r"not|port|unix"):
        listen(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://app", Endpoint("http", "app", 80)),
        ("HTTP://App:3000/", Endpoint("http", "app", 3000)),
        ("https://app", Endpoint("https", "app", 443)),
        ("http://[::1]:3000", Endpoint("http", "::1", 3000)),
        ("http://[::1]", Endpoint("http", "::1", 80)),
        ("http://my_app.ns.svc:80", Endpoint("http", "my_app.ns.svc", 80)),
        ("unix:/run/a.sock", Endpoint("http", "localhost", 0, "/run/a.sock")),
    ],
)
def test_endpoints(given, expected):
    found = endpoint(given)
    assert found == expected
    assert endpoint(str(found)) == found


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("app:3000", "not an upstream's URL"),
        ("ftp://app", "not an upstream's URL"),
        (3000, "not an upstream's URL"),
        ("http://", "not a host name"),
        ("http://app/api", "ends after the port"),
        ("http://app?x=1", "ends after the port"),
        ("http://app:0", "between 1 and 65535"),
        ("http://app:70000", "at most 65535"),
        ("http://300.1.1.1", "not an IPv4 address"),
        ("http://a..b", "not a host name"),
    ],
)
def test_not_endpoints(given, says):
    with pytest.raises(ValueError, match=says):
        endpoint(given)


@pytest.mark.parametrize(
    "given",
    [
        "http://bob:hunter2@app:80",
        "http://hunter2@app",
        "ftp://bob:hunter2@app",
        "http://bob:hunter2@@app/x",
        "HTTP://bob:hunter2@[::1]:99999",
    ],
)
def test_a_password_is_refused_and_not_repeated(given):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the text is the point
        endpoint(given)
    assert "hunter2" not in str(caught.value)


def test_userinfo_is_hidden():
    assert without_userinfo("see http://a:b@c/d") == "see http://***@c/d"


@pytest.mark.parametrize("given", ["10.0.0.0/8", "::1", "127.0.0.1", "fd00::/8"])
def test_networks(given):
    assert str(network(given)).startswith(given)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("10.0.0.1/8", "did you mean '10.0.0.0/8'"),
        ("10.0.0.0/33", "not a network"),
        ("app", "not a network"),
        (10, "not a network: 10"),
        (None, "not a network"),
    ],
)
def test_not_networks(given, says):
    with pytest.raises(ValueError, match=says):
        network(given)
