"""A method, a URL and fields, as the gate would judge them."""

import pytest

from sidecar.config.load import load
from sidecar.server.explaining import NotARequest, explained

LOADED = load(None, environ={})


def ask(method, url, *lines):
    return explained(LOADED, method, url, lines)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("/a?b=1#c", "http://localhost/a?b=1"),
        ("https://shop.example", "https://shop.example/"),
        ("http://shop.example:81/a?token=x", "http://shop.example:81/a?token=[redacted]"),
        ("/a?", "http://localhost/a?"),
    ],
)  # fmt: skip
def test_the_url(given, url):
    found = ask("GET", given)
    assert (found.url, found.refused) == (url, None)
    assert found.explanation.route.name == "default"


def test_a_host_field_wins():
    assert ask("GET", "/a", "Host: other.example").url == "http://other.example/a"


@pytest.mark.parametrize(
    ("method", "url", "lines", "status"),
    [
        ("TRACE", "/", (), 405),
        ("G T", "/", (), 400),
        ("GET", "/a b", (), 400),
        ("GET", "/\udcff", (), 400),
        ("GET", "/", ("A b: c",), 400),
        ("GET", "/" + "a" * 9000, (), 414),
        ("GET", "/", ("X: " + "a" * 17000,), 431),
    ],
)
def test_what_the_gate_refuses(method, url, lines, status):
    found = ask(method, url, *lines)
    assert (found.refused.status, found.explanation) == (status, None)


@pytest.mark.parametrize(
    ("url", "lines"),
    [
        ("ftp://a/", ()),
        ("a/b", ()),
        ("", ()),
        ("http://u:p@a/", ()),
        ("http://[::1/", ()),
        ("/", ("no colon",)),
    ],
)
def test_what_is_no_request(url, lines):
    with pytest.raises(NotARequest):
        ask("GET", url, *lines)
