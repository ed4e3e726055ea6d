import pytest

from sidecar.errors import (
    BadRequest,
    FieldsTooLarge,
    RequestRefused,
    VersionNotSupported,
)
from sidecar.semantics.message import RequestHead
from sidecar.server.gate import Limits
from sidecar.server.request_parser import next_head, outline, read_head

LIMITS = Limits(head=4096, field=1024, target=512, fields=20, body=None)
PLAIN = b"GET /a?b=%2F HTTP/1.1\r\nHost: example.org\r\nX-Two: 1\r\nx-two:  2 \r\n\r\n"


def test_a_head() -> None:
    head = read_head(PLAIN, LIMITS)
    assert isinstance(head, RequestHead)
    assert (head.method, head.target, head.minor) == (b"GET", b"/a?b=%2F", 1)
    assert head.fields[1:] == [(b"X-Two", b"1"), (b"x-two", b"2")]
    assert head.values[b"x-two"] == b"1, 2"


@pytest.mark.parametrize(
    ("rule", "raw"),
    [
        (
            "a body is not waited for",
            b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9",
        ),
        (
            "nor a chunked one",
            b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked",
        ),
        (
            "an upgrade is a head like any other",
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket",
        ),
        ("one line end before it", b"\r\nGET / HTTP/1.1\r\nHost: a"),
    ],
)
def test_it_reads_heads_only(rule: str, raw: bytes) -> None:
    assert isinstance(read_head(raw + b"\r\n\r\n", LIMITS), RequestHead)


@pytest.mark.parametrize(
    ("raw", "refusal"),
    [
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", VersionNotSupported),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", BadRequest),
        (b"GET / HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", BadRequest),
        (b"\n\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", BadRequest),
        (b"GET / RTSP/1.0\r\nHost: a\r\n\r\n", BadRequest),
        (b"\x16\x03\x01\r\n\r\n", BadRequest),
    ],
)
def test_a_refusal(raw: bytes, refusal: type[RequestRefused]) -> None:
    assert isinstance(read_head(raw, LIMITS), refusal)


@pytest.mark.parametrize(
    ("raw", "method", "target", "values"),
    [
        (PLAIN, b"GET", b"/a?b=%2F", {}),
        (
            b"POST /x HTTP/1.1\r\naccept: text/plain\r\nCookie: secret\r\n\r\n",
            b"POST",
            b"/x",
            {b"accept": b"text/plain"},
        ),
        (b"garbage", b"garbage", b"", {}),
        (b"", b"", b"", {}),
    ],
)
def test_outline(
    raw: bytes, method: bytes, target: bytes, values: dict[bytes, bytes]
) -> None:
    sketch = outline(raw)
    assert (sketch.method, sketch.target, sketch.values) == (method, target, values)


@pytest.mark.parametrize(
    ("rule", "data", "kind", "end"),
    [
        ("whole", PLAIN, RequestHead, len(PLAIN)),
        ("and what follows", PLAIN + b"GET", RequestHead, len(PLAIN)),
        ("a part", PLAIN[:20], type(None), 20),
        ("a part, cut between CR and LF", PLAIN[:-3], type(None), len(PLAIN) - 3),
        ("bare LF", b"GET / HTTP/1.1\nHost: a\n\n", BadRequest, 24),
        ("bare CR", b"GET / HTTP/1.1\rHost: a", BadRequest, 22),
        ("CR CR LF", b"GET / HTTP/1.1\r\r\n", BadRequest, 17),
        ("endless", b"GET / HTTP/1.1\r\nX: " + b"y" * 5000, FieldsTooLarge, 5019),
        (
            "whitespace counts",
            b"GET / HTTP/1.1\r\nHost: a\r\nX:" + b" " * 4096 + b"y\r\n\r\n",
            FieldsTooLarge,
            4128,
        ),
    ],
)
def test_next_head(rule: str, data: bytes, kind: type, end: int) -> None:
    head, ended = next_head(data, LIMITS)
    assert type(head) is kind
    assert ended == end
