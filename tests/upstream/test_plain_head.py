"""What is plain, and that the full parser and the response gate say the same of it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.upstream.head import _judged
from sidecar.upstream.plain_head import plain_head


def head(*lines: bytes, start: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return b"\r\n".join([start, *lines]) + b"\r\n\r\n"


PLAIN = [
    head(b"Content-Length: 5", b"Date: now"),
    head(),
    head(b"Transfer-Encoding: chunked"),
    head(b"Connection: keep-alive", b"Keep-Alive: timeout=5"),
    head(b"Connection: close, x"),
    head(b"Content-Length: 5", start=b"HTTP/1.1 404 Not Found"),
    head(start=b"HTTP/1.1 203 Non-Authoritative Information"),
    head(start=b"HTTP/1.1 204 No Content"),
]
OTHERS = {
    "interim": head(start=b"HTTP/1.1 100 Continue"),
    "switching": head(start=b"HTTP/1.1 101 Switching Protocols"),
    "the old version": head(start=b"HTTP/1.0 200 OK"),
    "no reason": head(start=b"HTTP/1.1 200"),
    "four digits": head(start=b"HTTP/1.1 2000 OK"),
    "a high status": head(start=b"HTTP/1.1 600 OK"),
    "a strange reason": head(start=b"HTTP/1.1 200 O\tK"),
    "a field twice": head(b"Set-Cookie: a", b"Set-Cookie: b"),
    "both framings": head(b"Content-Length: 1", b"Transfer-Encoding: chunked"),
    "a strange length": head(b"Content-Length: +1"),
    "another coding": head(b"Transfer-Encoding: gzip, chunked"),
    "too many fields": head(*(b"X%d: 1" % number for number in range(64))),
    "too long": head(b"X: " + b"a" * 16_384),
    "folded": head(b"X: 1", b" 2"),
}


@pytest.mark.parametrize("raw", PLAIN)
@pytest.mark.parametrize("method", [b"GET", b"HEAD"])
def test_plain(raw, method):
    read = plain_head(raw, method)
    assert read is not None
    assert _judged(raw, method) == replace(read, passing=None)


@pytest.mark.parametrize("rule", OTHERS)
def test_not_plain(rule):
    assert plain_head(OTHERS[rule], b"GET") is None


def test_what_passes_on():
    read = plain_head(head(b"Server: a", b"Content-Length: 0", b"Trailer: x"), b"GET")
    assert read is not None
    assert read.passing == [b"Server: a\r\n"]


pieces = st.sampled_from(
    [
        b"HTTP/1.1", b"HTTP/1.0", b" ", b"\t", b"\r\n", b"\r", b"\n", b":", b": ", b"2", b"0", b"x",
        b"Content-Length", b"1", b"Connection", b"close", b",", b"\x00", b"\x7f", b"\xff", b"_", b"-",
        b"Transfer-Encoding", b"chunked", b"Upgrade",
    ]
)  # fmt: skip


@given(
    st.sampled_from([*PLAIN, *OTHERS.values()]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), pieces), max_size=4),
)
def test_the_full_parser_says_the_same(raw, cuts):
    for place, removed, inserted in cuts:
        at = place % len(raw)
        raw = raw[:at] + inserted + raw[at + removed :]
    raw = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
    read = plain_head(raw, b"GET")
    if read is not None:
        assert _judged(raw, b"GET") == replace(read, passing=None)
