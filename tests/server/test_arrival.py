"""Where requests begin and end among the bytes of a connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import RequestRefused
from sidecar.server.arrival import Arrival
from tests.proxy.script import request
from tests.server.wire import LIMITS

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
LONG = b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000
BODY = b"5\r\nhello\r\n0\r\nX-Trailer: y\r\n\r\n"
LAST = b"0\r\n\r\n"

HEADS = [
    ("nothing", b"", None),
    ("a beginning", b"GET", None),
    ("a whole head", GET, GET),
    ("what is behind a head waits", GET + b"x" * 100_000, GET),
    ("one line end before it", b"\r\n" + GET, b"\r\n" + GET),
    ("two line ends before it", b"\r\n\r\n" + GET, 400),
    ("a bare LF", b"GET / HTTP/1.1\n", 400),
    ("the preface of HTTP/2", b"PRI / HTTP/1.1\r\nHost: a\r\n\r\n", 501),
    ("another protocol", b"OPTIONS / RTSP/1.0\r\n\r\n", 400),
    ("a head at the limit", b"GET / HTTP/1.1\r\nX: ".ljust(LIMITS.head, b"x"), None),
    ("a head beyond the limit", LONG, 431),
    ("a target beyond its limit", b"GET /" + b"x" * 40_000, 414),
]


@pytest.mark.parametrize(
    ("rule", "raw", "expected"), HEADS, ids=lambda row: str(row)[:40]
)
def test_heads(rule, raw, expected):
    arrival = Arrival(LIMITS)
    arrival.feed(raw)
    head = arrival.next_head()
    found = int(head.status) if isinstance(head, RequestRefused) else head
    assert found == expected
    assert arrival.judged is not isinstance(head, bytes)


@pytest.mark.parametrize(
    ("rule", "raw", "begun", "behind"),
    [
        ("nothing behind", GET, False, False),
        ("two bytes of the next", GET + b"GE", True, True),
        ("a line end too many", GET + b"\r\n", False, True),
    ],
)
def test_what_has_begun_behind_a_request(rule, raw, begun, behind):
    arrival = Arrival(LIMITS)
    arrival.feed(raw)
    arrival.next_head()
    arrival.taken(request())
    assert (arrival.begun, arrival.behind) == (begun, behind)


BODIES = [
    # rule, head, the request it is of, what is behind it, handed on, left over
    ("none", GET, request(), b"GET", b"", b"GET"),
    ("part of it", POST, request(content_length=5), b"123", b"123", b""),
    ("all of it", POST, request(content_length=5), b"12345GET", b"12345", b"GET"),
    ("part of a chunked one", CHUNKED, request(chunked=True), BODY[:9], b"", b""),
    ("chunked, the end alone", CHUNKED, request(chunked=True), BODY + GET, LAST, GET),
]


@pytest.mark.parametrize(
    ("rule", "head", "asked", "behind", "handed", "left"),
    BODIES,
    ids=[row[0] for row in BODIES],
)
def test_bodies(rule, head, asked, behind, handed, left):
    arrival = Arrival(LIMITS)
    arrival.feed(head + behind)
    assert arrival.next_head() == head
    arrival.taken(asked)
    assert arrival.content() == handed
    assert arrival.content() == b""
    assert arrival.take() == left


def test_what_waits_is_counted():
    arrival = Arrival(LIMITS)
    arrival.feed(CHUNKED + BODY + b"GET")
    arrival.next_head()
    arrival.taken(request(chunked=True))
    assert arrival.waiting == len(b"hello" + b"GET")


def test_the_diagnosis_is_of_the_head_that_is_here():
    arrival = Arrival(LIMITS)
    assert arrival.diagnosis().status == 400
    arrival.feed(GET + b"BREW / HTTP/1.1\r\n\r\n")
    arrival.next_head()
    arrival.taken(None)
    assert arrival.head == GET
    arrival.next_head()
    assert arrival.diagnosis().status == 501


KINDS = {
    GET: (request(), b""),
    POST: (request(content_length=5), b"\r\n\r\nA"),
    CHUNKED: (request(chunked=True), BODY),
}


@given(st.lists(st.sampled_from(list(KINDS)), max_size=5), st.data())
def test_any_cut_of_a_pipeline_is_followed_to_its_end(kinds, data):
    """However it is cut, each request is found, and nothing is left over."""
    stream = b"".join(kind + KINDS[kind][1] for kind in kinds)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
    arrival, found, handed = Arrival(LIMITS), [], b""
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        arrival.feed(stream[begin:end])
        handed += arrival.content()
        while not arrival._left and isinstance(head := arrival.next_head(), bytes):
            found.append(head)
            arrival.taken(KINDS[head][0])
            handed += arrival.content()
    assert found == kinds
    bodies = {GET: b"", POST: b"\r\n\r\nA", CHUNKED: LAST}
    assert handed == b"".join(bodies[kind] for kind in kinds)
    assert not arrival.behind
