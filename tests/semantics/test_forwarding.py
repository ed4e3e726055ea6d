"""RFC 9110 §7.6: the heads a proxy sends on, byte for byte."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.semantics.forwarding import (
    Hop,
    interim_head,
    request_head,
    response_head,
    upgrade_head,
)
from sidecar.semantics.message import RequestHead, ResponseHead

STRANGER = Hop("192.0.2.1", "http", b"example.org", 80, trusted=False, request_id=b"7")
PROXY = replace(STRANGER, trusted=True)
TRACED = replace(STRANGER, traceparent=b"00-" + b"b" * 32 + b"-" + b"c" * 16 + b"-01")
ADDED = [
    b"X-Forwarded-For: 192.0.2.1",
    b"X-Forwarded-Port: 80",
    b"X-Forwarded-Proto: http",
    b"X-Forwarded-Host: example.org",
    b"Via: 1.1 sidecar",
    b"X-Request-Id: 7",
]


def request(*fields, **changes):
    values = {name.lower(): value for name, value in fields}
    head = RequestHead(b"GET", b"/a%2Fb?q=%zz", 1, b"example.org", list(fields), values)
    return replace(head, **changes)


def response(*fields, status=200, reason=b"OK", **changes):
    values = {name.lower(): value for name, value in fields}
    return replace(ResponseHead(status, reason, 1, list(fields), values), **changes)


def sent(head, hop=STRANGER, **changes):
    """The lines of a request head, of which the last two are empty."""
    given: dict[str, Any] = {
        "host": b"up",
        "edits": NO_EDITS,
        "length": None,
        "chunked": False,
        "upgrade": None,
    }
    lines = request_head(head, hop, **given | changes).split(b"\r\n")
    assert lines[-2:] == [b"", b""]
    return lines[:-2]


def answered(head, **changes):
    given: dict[str, Any] = {
        "minor": 1,
        "close": False,
        "length": 0,
        "chunked": False,
        "date": b"today",
        "request_id": b"7",
        "edits": NO_EDITS,
    }
    lines = response_head(head, **given | changes).split(b"\r\n")
    assert lines[-2:] == [b"", b""]
    return lines[:-2]


def test_a_request_is_written_anew():
    head = request(
        (b"Host", b"example.org"), (b"accept", b"*/*"), (b"X-B", b"1"), (b"x-b", b"2")
    )
    assert sent(head) == [
        b"GET /a%2Fb?q=%zz HTTP/1.1",
        b"Host: up",
        b"accept: */*",
        b"X-B: 1",
        b"x-b: 2",
        *ADDED,
    ]


@pytest.mark.parametrize(
    ("rule", "fields", "passed"),
    [
        (
            "end to end",
            [(b"Upgrade-Insecure-Requests", b"1")],
            [b"Upgrade-Insecure-Requests: 1"],
        ),
        (
            "hop by hop",
            [(b"Keep-Alive", b"1"), (b"TE", b"trailers"), (b"Trailer", b"x")],
            [],
        ),
        (
            "of proxies",
            [
                (b"Proxy-Authorization", b"x"),
                (b"Proxy-Connection", b"x"),
                (b"Proxy-X", b"x"),
                (b"Proxy", b"x"),
            ],
            [],
        ),
        (
            "upgrades",
            [
                (b"Connection", b"Upgrade"),
                (b"Upgrade", b"h2c"),
                (b"HTTP2-Settings", b"x"),
            ],
            [],
        ),
        ("expectations", [(b"Expect", b"100-continue")], []),
        (
            "nominated",
            [(b"Connection", b"x-one"), (b"X-One", b"1"), (b"X-Two", b"2")],
            [b"X-Two: 2"],
        ),
        ("protected", [(b"Connection", b"Cookie"), (b"Cookie", b"1")], [b"Cookie: 1"]),
        (
            "its framing",
            [(b"Content-Length", b"3"), (b"Transfer-Encoding", b"chunked")],
            [],
        ),
        ("hidden framing", [(b"Content_Length", b"3"), (b"X_Forwarded_For", b"1")], []),
        (
            "what it says of others",
            [
                (b"X-Forwarded-Prefix", b"/"),
                (b"X-Real-IP", b"1"),
                (b"X-Sidecar-A", b"1"),
            ],
            [],
        ),
        ("another target", [(b"X-Original-URL", b"/"), (b"X-Rewrite-URL", b"/")], []),
        ("another host", [(b"X-Host", b"a"), (b"X_Original_Host", b"a")], []),
        ("another scheme", [(b"X-Scheme", b"a"), (b"Front-End-Https", b"on")], []),
        (
            "another method",
            [
                (b"X-HTTP-Method-Override", b"PUT"),
                (b"X-HTTP-Method", b"PUT"),
                (b"X-Method-Override", b"PUT"),
            ],
            [],
        ),
        (
            "a trace's state without its trace",
            [(b"tracestate", b"a=1")],
            [b"tracestate: a=1"],
        ),
    ],
)
def test_what_passes_from_a_stranger(rule, fields, passed):
    assert sent(request(*fields))[2:] == [*passed, *ADDED]


@pytest.mark.parametrize(
    ("rule", "method", "said", "passed"),
    [
        ("counted down", b"OPTIONS", b"7", b"6"),
        ("the last hop", b"OPTIONS", b"1", b"0"),
        ("never below", b"OPTIONS", b"0", b"0"),
        ("further than anybody", b"OPTIONS", b"9" * 5000, b"999999998"),
        ("leading zeros", b"OPTIONS", b"007", b"6"),
        ("no number", b"OPTIONS", b"x", b"x"),
        ("not for others", b"GET", b"7", b"7"),
    ],
)
def test_how_far_it_may_go(rule, method, said, passed):
    """RFC 9110 §7.6.2."""
    asked = request((b"Max-Forwards", said), method=method)
    assert [line for line in sent(asked) if line.startswith(b"Max-")] == [
        b"Max-Forwards: " + passed
    ]


def test_what_a_trusted_proxy_says_passes():
    said = [
        (b"X-Forwarded-Proto", b"https"),
        (b"X-Forwarded-Prefix", b"/"),
        (b"X-Real-IP", b"1"),
        (b"X-Original-URL", b"/"),
    ]
    lines = sent(request(*said, (b"X-Forwarded-For", b"6.6.6.6")), PROXY)
    assert lines[2:6] == [b": ".join(field) for field in said]
    assert [line for line in lines if line.startswith(b"X-Forwarded-For")] == [
        b"X-Forwarded-For: 6.6.6.6, 192.0.2.1"
    ]


@pytest.mark.parametrize(
    ("rule", "trace_id", "hop", "passes"),
    [
        ("no trace of ours", b"a", STRANGER, True),
        ("the same trace", b"b", TRACED, True),
        ("a new one", b"a", TRACED, False),
    ],
)
def test_state_goes_with_its_trace(rule, trace_id, hop, passes):
    parent = b"00-" + trace_id * 32 + b"-" + b"d" * 16 + b"-01"
    lines = sent(request((b"traceparent", parent), (b"tracestate", b"x=1")), hop)
    assert (b"tracestate: x=1" in lines) is passes
    assert lines[-1] == b"traceparent: " + (hop.traceparent or parent)


@pytest.mark.parametrize(
    ("rule", "framing", "last"),
    [
        ("no body", {}, [b"X-Request-Id: 7"]),
        ("an empty one", {"length": 0}, [b"X-Request-Id: 7", b"Content-Length: 0"]),
        ("a length", {"length": 12}, [b"X-Request-Id: 7", b"Content-Length: 12"]),
        (
            "no length",
            {"chunked": True},
            [b"X-Request-Id: 7", b"Transfer-Encoding: chunked"],
        ),
        (
            "never both",
            {"chunked": True, "length": 1},
            [b"X-Request-Id: 7", b"Content-Length: 1"],
        ),
        (
            "an upgrade",
            {"upgrade": b"websocket"},
            [b"X-Request-Id: 7", b"Connection: upgrade", b"Upgrade: websocket"],
        ),
    ],
)
def test_framing_of_a_request(rule, framing, last):
    assert sent(request(), **framing)[-len(last) :] == last


def test_edits_of_a_request_come_last():
    edits = Edits.of(
        {"X-Forwarded-Proto": "https", "X-New": "1"}, ["accept", "x-forwarded-port"]
    )
    lines = sent(request((b"Accept", b"*/*"), (b"X-New", b"0")), edits=edits)
    assert lines[2:] == [ADDED[0], *ADDED[3:], b"X-Forwarded-Proto: https", b"X-New: 1"]


def test_a_response_is_written_anew():
    fields = [
        (b"set-cookie", b"a=1"),
        (b"Connection", b"close, x-hop"),
        (b"X-Hop", b"1"),
        (b"Set-Cookie", b"a=1"),
    ]
    assert answered(response(*fields, reason=b"Fine", minor=0), length=3) == [
        b"HTTP/1.1 200 Fine",
        b"set-cookie: a=1",
        b"Set-Cookie: a=1",
        b"Via: 1.0 sidecar",
        b"Date: today",
        b"X-Request-Id: 7",
        b"Content-Length: 3",
    ]


@pytest.mark.parametrize(
    ("rule", "field", "lines"),
    [
        (
            "the origin's date",
            (b"date", b"then"),
            [b"date: then", b"Via: 1.1 sidecar", b"X-Request-Id: 7"],
        ),
        (
            "the origin's id",
            (b"X-Request-ID", b"8"),
            [b"X-Request-ID: 8", b"Via: 1.1 sidecar", b"Date: today"],
        ),
        (
            "Via goes on",
            (b"Via", b"1.0 a"),
            [b"Via: 1.0 a, 1.1 sidecar", b"Date: today", b"X-Request-Id: 7"],
        ),
        (
            "internal names",
            (b"X-Sidecar-Tags", b"a"),
            [b"Via: 1.1 sidecar", b"Date: today", b"X-Request-Id: 7"],
        ),
        (
            "its framing",
            (b"Transfer-Encoding", b"chunked"),
            [b"Via: 1.1 sidecar", b"Date: today", b"X-Request-Id: 7"],
        ),
        (
            "Proxy-Status is end to end",
            (b"Proxy-Status", b"a"),
            [
                b"Proxy-Status: a",
                b"Via: 1.1 sidecar",
                b"Date: today",
                b"X-Request-Id: 7",
            ],
        ),
    ],
)
def test_fields_of_a_response(rule, field, lines):
    assert answered(response(field))[1:-1] == lines


NONE: list[bytes] = []
LENGTH, CHUNKED = [b"Content-Length: 5"], [b"Transfer-Encoding: chunked"]
CLOSE, KEEP = [b"Connection: close"], [b"Connection: keep-alive"]
HEAD = {"bodiless": True, "content_length": 5}


@pytest.mark.parametrize(
    ("rule", "head", "how", "last"),
    [
        ("a length", {}, {"length": 5}, LENGTH),
        ("no length", {}, {"length": None, "chunked": True}, CHUNKED),
        ("nothing: the end of the connection", {}, {"length": None}, CLOSE),
        ("HEAD has the origin's", HEAD, {"length": None}, LENGTH),
        ("or the one that we know", {"bodiless": True}, {"length": 5}, LENGTH),
        ("or none", {"bodiless": True}, {"length": None, "chunked": True}, NONE),
        ("304 has the origin's", HEAD | {"status": 304}, {"length": None}, LENGTH),
        ("204 never has one", HEAD | {"status": 204}, {"length": 5}, NONE),
        ("the last one", {}, {"length": 5, "close": True}, LENGTH + CLOSE),
        ("HTTP/1.0, kept alive", {}, {"length": 5, "minor": 0}, LENGTH + KEEP),
        (
            "HTTP/1.0, closed",
            {},
            {"length": 5, "minor": 0, "close": True},
            LENGTH + CLOSE,
        ),
    ],
)
def test_framing_of_a_response(rule, head, how, last):
    lines = answered(response(**head), **how)
    assert lines[lines.index(b"X-Request-Id: 7") + 1 :] == last


@pytest.mark.parametrize(
    ("rule", "status", "reason", "line"),
    [
        ("its own reason", 200, b"Fine", b"HTTP/1.1 200 Fine"),
        ("the usual one", 404, b"Not Found", b"HTTP/1.1 404 Not Found"),
        ("a default where there is none", 404, b"", b"HTTP/1.1 404 Not Found"),
        ("none for a status that nobody knows", 299, b"", b"HTTP/1.1 299 "),
        ("unless it came with one", 299, b"Odd", b"HTTP/1.1 299 Odd"),
    ],
)
def test_status_line(rule, status, reason, line):
    assert answered(response(status=status, reason=reason))[0] == line


def test_extra_fields_and_edits_of_a_response():
    edits = Edits.of({"X-Frame-Options": "DENY"}, ["server", "x-request-id"])
    head = response((b"Server", b"a"), (b"X-Frame-Options", b"ALLOW"), (b"A", b"1"))
    lines = answered(
        head, edits=edits, extra=[(b"Server-Timing", b"a"), (b"Server", b"b")]
    )
    assert lines[1:] == [
        b"A: 1",
        b"Via: 1.1 sidecar",
        b"Date: today",
        b"Server-Timing: a",
        b"X-Frame-Options: DENY",
        b"Content-Length: 0",
    ]


def test_an_interim_head_has_no_framing():
    fields = [
        (b"Link", b"</a>"),
        (b"link", b"</b>"),
        (b"Content-Length", b"3"),
        (b"connection", b"x-hop"),
        (b"X-Hop", b"1"),
    ]
    assert (
        interim_head(103, b"", fields)
        == b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\nlink: </b>\r\n\r\n"
    )
    assert interim_head(103, b"Soon", []) == b"HTTP/1.1 103 Soon\r\n\r\n"


def test_an_upgrade_head_keeps_the_upstreams_choice():
    fields = [
        (b"Upgrade", b"WebSocket"),
        (b"Connection", b"Upgrade"),
        (b"Sec-WebSocket-Accept", b"x"),
        (b"Content-Length", b"0"),
    ]
    head = response(*fields, status=101, reason=b"Switching Protocols")
    assert upgrade_head(head, b"websocket") == (
        b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: x\r\nConnection: upgrade\r\nUpgrade: WebSocket\r\n\r\n"
    )
    assert b"\r\nUpgrade: websocket\r\n" in upgrade_head(
        response(status=101), b"websocket"
    )


names = st.text("abHcT-_", min_size=1, max_size=12).map(str.encode) | st.sampled_from(
    [
        b"Connection",
        b"Content-Length",
        b"TRANSFER-ENCODING",
        b"Host",
        b"Keep-Alive",
        b"X-Forwarded-For",
        b"Via",
        b"Cookie",
    ]
)
values = st.text("abc, ", max_size=12).map(str.strip).map(str.encode) | st.sampled_from(
    [b"Content-Length", b"host", b"Via"]
)
fields = st.lists(st.tuples(names, values), max_size=12)


@given(fields, st.none() | st.integers(0, 9), st.booleans())
def test_a_request_has_one_host_and_one_framing(fields, length, chunked):
    lines = sent(request(*fields), length=length, chunked=chunked)[1:]
    written = [line.split(b": ", 1)[0].lower() for line in lines]
    framed = length is not None or chunked
    assert (
        written.count(b"host")
        == written.count(b"x-forwarded-for")
        == written.count(b"via")
        == 1
    )
    assert (
        written.count(b"content-length") + written.count(b"transfer-encoding") == framed
    )
    assert not {b"connection", b"keep-alive"} & set(written)


@given(fields)
def test_what_passes_keeps_its_order(fields):
    lines = iter([b": ".join(field) for field in fields])
    for line in sent(request(*fields))[2 : -len(ADDED)]:
        assert line in lines  # consumes `lines` up to it
