"""What may be asked, and what is sent."""

import pytest

from sidecar.loadtest.target import NotATarget, Question, field, is_near, target


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("192.168.0.7", True),
        ("fd00::1", True),
        ("8.8.8.8", False),
        ("2606:4700::1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("fe80::1%eth0", False),
    ],
)
def test_is_near(address, expected):
    assert is_near(address) is expected


def test_what_is_sent():
    question = Question("POST", (("Host", "a.example"), ("X-A", "b")), b"body")
    found = target("asked", "http://127.0.0.1:81/p?q=1", question)
    assert found.address == ("127.0.0.1", 81)
    assert found.is_near
    assert found.request == (
        b"POST /p?q=1 HTTP/1.1\r\nHost: a.example\r\nX-A: b\r\n"
        b"Content-Length: 4\r\n\r\nbody"
    )


def test_what_is_sent_when_little_is_said():
    found = target("asked", "http://127.0.0.1", Question())
    assert found.request == b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    assert found.address[1] == 80


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "127.0.0.1:80",
        "http:///a",
        "http://127.0.0.1:99999/",
        "http://u:p@127.0.0.1/",
        "http://127.0.0.1/a b",
        "http://127.0.0.1/\x7f",
        "http://[::1/",
        "http://nowhere.invalid/",
    ],
)
def test_what_is_no_target(url):
    with pytest.raises(NotATarget):
        target("asked", url, Question())


def test_field():
    assert field("X-A:  b c ") == ("X-A", "b c")


@pytest.mark.parametrize(
    "text", ["X-A", ": b", "X A: b", "Content-Length: 5", "X: a\r\nY: b", "X: ä"]
)
def test_what_is_no_field(text):
    with pytest.raises(NotATarget):
        field(text)
