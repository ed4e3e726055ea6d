import pytest

from sidecar.errors import ResponseInvalid
from sidecar.upstream.head import read_head

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    ("rule", "raw", "status", "reason", "minor", "fields"),
    [
        ("no field", OK + b"\r\n", 200, b"OK", 1, []),
        ("an old version", b"HTTP/1.0 200 OK\r\n\r\n", 200, b"OK", 0, []),
        ("no reason", b"HTTP/1.1 404\r\n\r\n", 404, b"", 1, []),
        ("a reason of many words", b"HTTP/1.1 404 Not so here\r\n\r\n", 404, b"Not so here", 1, []),
        ("case, order and repetition stay", OK + b"b: 1\r\nA:2\r\nb: 3 \r\n\r\n", 200, b"OK", 1, [(b"b", b"1"), (b"A", b"2"), (b"b", b"3")]),
        ("an empty value", OK + b"A:\r\n\r\n", 200, b"OK", 1, [(b"A", b"")]),
        ("bytes of any alphabet", OK + b"A: \xff\xc3\xa9\r\n\r\n", 200, b"OK", 1, [(b"A", b"\xff\xc3\xa9")]),
        ("switching protocols", b"HTTP/1.1 101 S\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", 101, b"S", 1, [(b"Upgrade", b"x"), (b"Connection", b"upgrade")]),
    ],
)  # fmt: skip
def test_reads(rule, raw, status, reason, minor, fields):
    head = read_head(raw, b"GET")
    assert (head.status, head.reason, head.minor) == (status, reason, minor)
    assert head.fields == fields


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        ("another version", b"HTTP/9.9 200 OK\r\n\r\n"),
        ("a status of two digits", b"HTTP/1.1 99 OK\r\n\r\n"),
        ("a status of four digits", b"HTTP/1.1 1000 OK\r\n\r\n"),
        ("no status", b"HTTP/1.1 abc OK\r\n\r\n"),
        ("another protocol", b"ICE/1.0 200 OK\r\n\r\n"),
        ("a folded field", OK + b"A: b\r\n c\r\n\r\n"),
        ("a space before the colon", OK + b"A : b\r\n\r\n"),
        ("no name", OK + b": b\r\n\r\n"),
        ("no colon", OK + b"A\r\n\r\n"),
        ("a bare LF", OK + b"A: b\nB: c\r\n\r\n"),
        ("a bare CR", OK + b"A: b\rB: c\r\n\r\n"),
        ("NUL in a value", OK + b"A: b\0\r\n\r\n"),
        ("0x01 in a value", OK + b"A: b\x01\r\n\r\n"),
        ("0x7F in a value", OK + b"A: b\x7f\r\n\r\n"),
        ("0x01 in the reason", b"HTTP/1.1 200 O\x01K\r\n\r\n"),
        ("0x01 in a name", OK + b"A\x01: b\r\n\r\n"),
        ("a length and a coding", OK + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("two lengths", OK + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\n"),
        ("a list of lengths", OK + b"Content-Length: 1, 1\r\n\r\n"),
        ("a signed length", OK + b"Content-Length: +5\r\n\r\n"),
        ("a negative length", OK + b"Content-Length: -1\r\n\r\n"),
        ("a length with a unit", OK + b"Content-Length: 5x\r\n\r\n"),
        ("a space before the length's colon", OK + b"Content-Length : 5\r\n\r\n"),
        ("an unknown coding", OK + b"Transfer-Encoding: xchunked\r\n\r\n"),
        ("two codings", OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("a folded coding", OK + b"Transfer-Encoding:\r\n chunked\r\n\r\n"),
        ("chunks in HTTP/1.0", b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ],
)  # fmt: skip
def test_refuses(rule, raw):
    with pytest.raises(ResponseInvalid):
        read_head(raw, b"GET")
