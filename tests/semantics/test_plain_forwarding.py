"""Plain heads are written byte for byte as the full functions write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.edits import NO_EDITS
from sidecar.semantics.forwarding import Hop, request_head, response_head
from sidecar.semantics.framing import is_bodiless
from sidecar.semantics.hop import public_port
from sidecar.semantics.message import ResponseHead
from sidecar.semantics.plain_forwarding import (
    REMEMBERED,
    Introductions,
    is_plain_request,
    is_plain_response,
    plain_answer_head,
    plain_request_head,
    plain_response_head,
)
from sidecar.server.gate import Limits
from sidecar.server.plain_head import plain_head as read_request
from sidecar.upstream.plain_head import plain_head as read_response

LIMITS = Limits(head=32_768, field=16_384, target=8192, fields=100, body=None)
TRACE = b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-00"
DATE = b"Sun, 22 Nov 2026 10:00:00 GMT"

values = st.text('abc /=;,"*', max_size=8).map(lambda text: text.strip().encode())
request_fields = st.dictionaries(
    st.sampled_from(
        [
            b"Accept", b"Connection", b"Content-Length", b"Cookie", b"Forwarded",
            b"Keep-Alive", b"Proxy-Connection", b"TE", b"Traceparent", b"Tracestate",
            b"Via", b"X-Forwarded-For", b"X-One", b"X-Real-IP", b"X-Request-Id",
            b"X-Sidecar-A", b"x-forwarded-proto",
        ]
    ),
    values,
)  # fmt: skip
response_fields = st.dictionaries(
    st.sampled_from(
        [
            b"Connection", b"Content-Type", b"Date", b"ETag", b"Keep-Alive", b"Server",
            b"Set-Cookie", b"Trailer", b"Vary", b"Via", b"X-Request-Id", b"X-Sidecar-A",
        ]
    ),
    values | st.sampled_from([b"close", b"keep-alive"]),
)  # fmt: skip


def written(start, fields):
    lines = [start, *(b"%b: %b" % field for field in fields.items())]
    return b"\r\n".join(lines) + b"\r\n\r\n"


@given(
    request_fields,
    st.sampled_from(["192.0.2.1", "2001:db8::1", ""]),
    st.sampled_from([b"example.org", b"example.org:8080", b"[::1]:81"]),
    st.sampled_from(["http", "https"]),
)
def test_requests(fields, peer, host, scheme):
    fields = {b"Host": host} | fields
    fields.pop(b"Content-Length", None)
    head = read_request(written(b"GET /a?b HTTP/1.1", fields), LIMITS)
    if head is None or not is_plain_request(head):
        return
    hop = Hop(
        peer,
        scheme,
        host,
        public_port(host, scheme),
        trusted=False,
        request_id=b"7",
        traceparent=TRACE,
        pseudonym=b"us",
    )
    for length in (None, 0, 12):
        assert plain_request_head(
            head,
            host=b"app",
            introduction=Introductions(b"us")[peer, scheme, host],
            request_id=b"7",
            traceparent=TRACE,
            length=length,
        ) == request_head(
            head,
            hop,
            host=b"app",
            edits=NO_EDITS,
            length=length,
            chunked=False,
            upgrade=None,
        )


@given(response_fields, st.sampled_from([b"GET", b"HEAD"]), st.sampled_from([b"200 OK", b"204 No Content", b"304 Not Modified", b"404 Not here"]))  # fmt: skip
def test_responses(fields, method, status):
    fields = fields | {b"Content-Length": b"12"}
    head = read_response(written(b"HTTP/1.1 " + status, fields), method)
    assert head is not None
    if not is_plain_response(head):
        return
    for length in (0, 5, 12):
        assert plain_response_head(
            head, length=length, date=DATE, request_id=b"7"
        ) == in_full(head, length)


def in_full(head, length):
    """What the function for all heads writes."""
    return response_head(
        head,
        minor=1,
        close=False,
        length=length,
        chunked=False,
        date=DATE,
        request_id=b"7",
        edits=NO_EDITS,
    )


@given(
    st.sampled_from([200, 204, 429, 503, 599]),
    st.lists(st.tuples(st.sampled_from([b"Allow", b"Content-Type", b"X-One"]), values)),
    st.sampled_from([0, 12]),
    st.sampled_from([b"GET", b"HEAD"]),
)
def test_answers(status, fields, length, method):
    bodiless = is_bodiless(status, method)
    assert plain_answer_head(
        status, fields, length=length, date=DATE, request_id=b"7"
    ) == in_full(ResponseHead(status, b"", 1, fields, {}, bodiless=bodiless), length)


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        ("ordinary", b"Accept: */*", True),
        ("another proxy was here", b"Via: 1.1 a", False),
        ("state of a trace that may be another", b"Tracestate: a=1", False),
    ],
)
def test_which_requests_are_plain(rule, field, expected):
    head = read_request(b"GET / HTTP/1.1\r\nHost: a\r\n" + field + b"\r\n\r\n", LIMITS)
    assert head is not None
    assert is_plain_request(head) is expected
    head.passing = None
    assert not is_plain_request(head)


def test_what_is_counted_down_is_not_plain():
    options = b"OPTIONS / HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n"
    head = read_request(options, LIMITS)
    assert head is not None
    assert not is_plain_request(head)


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        ("ordinary", b"Server: a", True),
        ("stays open", b"Connection: keep-alive", True),
        ("takes fields away", b"Connection: server", False),
        ("another proxy was here", b"Via: 1.1 a", False),
    ],
)
def test_which_responses_are_plain(rule, field, expected):
    head = read_response(b"HTTP/1.1 200 OK\r\n" + field + b"\r\n\r\n", b"GET")
    assert head is not None
    assert is_plain_response(head) is expected


def test_introductions_are_bounded():
    table = Introductions(b"us")
    for number in range(2 * REMEMBERED):
        table["192.0.2.1", "http", b"%d.example.org" % number]
    table["192.0.2.1", "http", b"x" * 8000]
    assert 0 < len(table) <= REMEMBERED
    assert all(len(host) < 8000 for _, _, host in table)
