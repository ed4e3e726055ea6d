"""Where requests begin and end among the bytes of a connection."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.server.arrival import LONGEST_PIPELINE, Arrival
from tests.proxy.script import request
from tests.server.wire import LIMITS

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
LONG = b"GET / HTTP/1.1\r\nX: " + b"x" * 40_000

FLAWS = [
    ("nothing", b"", None),
    ("a beginning", b"GET", None),
    ("a whole head", GET, None),
    ("behind a whole head nothing is judged", GET + b"x" * 100_000, None),
    ("one line end before it", b"\r\n" + GET, None),
    ("two line ends before it", b"\r\n\r\n" + GET, 400),
    ("another protocol", b"OPTIONS / RTSP/1.0\r\n\r\n", 400),
    ("a head at the limit", b"GET / HTTP/1.1\r\nX: ".ljust(LIMITS.head, b"x"), None),
    ("a head beyond the limit", LONG, 431),
    ("a target beyond its limit", b"GET /" + b"x" * 40_000, 414),
]


@pytest.mark.parametrize(
    ("rule", "raw", "status"), FLAWS, ids=lambda row: str(row)[:40]
)
def test_flaws(rule, raw, status):
    arrival = Arrival(LIMITS)
    arrival.feed(raw)
    flaw = arrival.flaw()
    assert (flaw and flaw.status) == status


@pytest.mark.parametrize(
    ("rule", "raw", "head", "begun"),
    [
        ("nothing behind", GET, request(), False),
        ("the next has begun", GET + b"GET /", request(), True),
        ("two bytes of the next", GET + b"GE", request(), True),
        ("a line end too many", GET + b"\r\n", request(), False),
        ("a whole body", POST + b"12345", request(content_length=5), False),
        ("part of a body", POST + b"123", request(content_length=5), False),
        ("one behind a body", POST + b"12345GET", request(content_length=5), True),
    ],
)
def test_what_has_begun_behind_a_request(rule, raw, head, begun):
    arrival = Arrival(LIMITS)
    arrival.feed(raw)
    assert arrival.flaw() is None
    arrival.taken(head)
    assert arrival.begun is begun
    assert arrival.followed


@pytest.mark.parametrize(
    ("rule", "raw", "head"),
    [
        ("a chunked body ends where only its reader knows", GET, request(chunked=True)),
        ("refused", GET, None),
        ("a head that did not end in CRLF CRLF", b"GET / HTTP/1.1\n\n", request()),
    ],
)
def test_what_cannot_be_followed(rule, raw, head):
    arrival = Arrival(LIMITS)
    arrival.feed(raw)
    arrival.flaw()
    arrival.taken(head)
    arrival.feed(GET)
    assert not arrival.followed
    assert not arrival.begun


def test_a_pipeline_is_bounded():
    arrival = Arrival(LIMITS)
    arrival.feed(GET)
    assert arrival.flaw() is None
    arrival.feed(b"x" * LONGEST_PIPELINE)
    assert not arrival.followed
    assert arrival.flaw() is None


def test_the_diagnosis_is_of_the_head_that_is_here():
    arrival = Arrival(LIMITS)
    assert arrival.diagnosis().status == 400
    arrival.feed(GET + b"BREW / HTTP/1.1\r\n\r\n")
    assert arrival.flaw() is None
    arrival.taken(request())
    assert arrival.diagnosis().status == 501


@given(st.lists(st.sampled_from([GET, POST]), max_size=5), st.data())
def test_any_cut_of_a_pipeline_is_followed_to_its_end(kinds, data):
    """However it is cut, each request is found, and nothing is left over."""
    stream = b"".join(kind + b"\r\n\r\nA" * (kind is POST) for kind in kinds)
    cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=6).map(sorted))
    arrival, found = Arrival(LIMITS), 0
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        arrival.feed(stream[begin:end])
        while True:
            assert arrival.flaw() is None
            if not arrival._end:
                break
            arrival.taken(request(content_length=5 if kinds[found] is POST else None))
            found += 1
    assert found == len(kinds)
    assert arrival.followed
    assert not arrival.begun
