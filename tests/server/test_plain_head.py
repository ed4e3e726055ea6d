"""What is plain, and that the full parser and the gate say the same of it."""

from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sidecar.server.gate import Limits
from sidecar.server.plain_head import (
    REMEMBERED,
    REMEMBERED_LENGTH,
    Sections,
    plain_head,
)
from sidecar.server.request_parser import read_head

LIMITS = Limits(head=2048, field=1024, target=64, fields=8, body=1000)
HOST = b"Host: example.org"


def head(*lines: bytes, start: bytes = b"GET /a?b=%2F HTTP/1.1") -> bytes:
    return b"\r\n".join([start, *lines]) + b"\r\n\r\n"


PLAIN = [
    head(HOST),
    head(HOST, b"Accept: */*", b"X-One:  1 "),
    head(HOST, b"Connection: keep-alive"),
    head(HOST, b"Connection: close"),
    head(HOST, b"Content-Length: 12", start=b"POST / HTTP/1.1"),
    head(HOST, b"Content-Length: 0", start=b"PUT / HTTP/1.1"),
    head(b"Host: [::1]:8080", b"Cookie: a=1"),
]
OTHERS = {
    "no Host": head(),
    "Host twice": head(HOST, HOST),
    "a field twice": head(HOST, b"X: 1", b"x: 2"),
    "no name of a host": head(b"Host: a/b"),
    "the old version": head(HOST, start=b"GET / HTTP/1.0"),
    "another protocol": head(HOST, start=b"GET / RTSP/1.0"),
    "a rare method": head(HOST, start=b"PURGE / HTTP/1.1"),
    "absolute form": head(HOST, start=b"GET http://a/ HTTP/1.1"),
    "two spaces": head(HOST, start=b"GET  / HTTP/1.1"),
    "a space at the end": head(HOST, start=b"GET / HTTP/1.1 "),
    "a fragment": head(HOST, start=b"GET /#a HTTP/1.1"),
    "a long target": head(HOST, start=b"GET /%b HTTP/1.1" % (b"a" * 64)),
    "a line end before it": b"\r\n" + head(HOST),
    "a bare line feed": b"GET / HTTP/1.1\nHost: a\r\n\r\n",
    "folded": head(HOST, b"X: 1", b" 2"),
    "a body in chunks": head(HOST, b"Transfer-Encoding: chunked"),
    "an expectation": head(HOST, b"Expect: 100-continue"),
    "an upgrade": head(HOST, b"Connection: upgrade", b"Upgrade: websocket"),
    "nominated fields": head(HOST, b"Connection: x-one"),
    "a strange length": head(HOST, b"Content-Length: 012"),
    "a body too large": head(HOST, b"Content-Length: 1001"),
    "too many fields": head(HOST, *(b"X%d: 1" % number for number in range(8))),
    "too long": head(HOST, b"X: " + b"a" * 1024),
    "ambiguous for CGI": head(HOST, b"X_One: 1"),
    "httpoxy": head(HOST, b"Proxy: http://a"),
}


@pytest.mark.parametrize("raw", PLAIN)
def test_plain(raw):
    read = plain_head(raw, LIMITS)
    assert read is not None
    assert read_head(raw, LIMITS) == replace(read, passing=None)


@pytest.mark.parametrize("rule", OTHERS)
def test_not_plain(rule):
    assert plain_head(OTHERS[rule], LIMITS) is None


def test_what_passes_on():
    read = plain_head(head(HOST, b"Accept: */*", b"TE: trailers", b"a:b"), LIMITS)
    assert read is not None
    assert read.passing == [b"Accept: */*\r\n", b"a: b\r\n"]


def test_what_a_section_says_is_read_once():
    sections = Sections()
    first = sections[b"Host: example.org\r\nAccept: */*"]
    assert sections[b"Host: example.org\r\nAccept: */*"] is first
    assert first.values == {b"host": b"example.org", b"accept": b"*/*"}


@pytest.mark.parametrize(
    ("rule", "section"),
    [
        ("a secret", b"Host: a\r\nCookie: a=1"),
        ("another", b"Authorization: Bearer abc\r\nHost: a"),
        ("new in each message", b"Host: a\r\nX-Request-Id: 7"),
        ("too long", b"Host: a\r\nX: " + b"x" * REMEMBERED_LENGTH),
    ],
)
def test_sections_that_are_not_remembered(rule, section):
    sections = Sections()
    assert sections[section] == sections[section]
    assert not sections


def test_sections_are_bounded():
    sections = Sections()
    for number in range(2 * REMEMBERED):
        assert sections[b"Host: a%d" % number].host == b"a%d" % number
    assert 0 < len(sections) <= REMEMBERED


def test_a_limit_that_changes_counts_for_what_is_remembered():
    raw = head(HOST, b"Content-Length: 12", start=b"POST / HTTP/1.1")
    assert plain_head(raw, LIMITS) is not None
    assert plain_head(raw, replace(LIMITS, body=11)) is None
    assert plain_head(raw, replace(LIMITS, fields=2)) is None
    assert plain_head(raw, replace(LIMITS, head=len(raw) - 1)) is None


pieces = st.sampled_from(
    [
        b"GET", b"POST", b"get", b"/", b"/a", b"HTTP/1.1", b"HTTP/1.0", b" ", b"\t", b"\r\n", b"\r",
        b"\n", b":", b": ", b"Host", b"example.org", b"Content-Length", b"1", b"00", b"x", b"X-One",
        b"Connection", b"keep-alive", b"close", b",", b"\x00", b"\x7f", b"\xff", b"_", b"\\", b'"', b"#",
        b"Transfer-Encoding", b"chunked", b"Upgrade", b"Expect", b"100-continue", b"Proxy", b"-", b"(",
    ]
)  # fmt: skip


def mutated(raw, cuts):
    for place, removed, inserted in cuts:
        at = place % len(raw)
        raw = raw[:at] + inserted + raw[at + removed :]
    return raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


@given(
    st.sampled_from([*PLAIN, *OTHERS.values()]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), pieces), max_size=4),
)
@example(head(HOST), [(0, 0, b"\r\n")])
def test_the_full_parser_says_the_same(raw, cuts):
    raw = mutated(raw, cuts)
    read = plain_head(raw, LIMITS)
    if read is not None:
        assert read_head(raw, LIMITS) == replace(read, passing=None)
