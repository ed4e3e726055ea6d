import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ResponseInvalid
from sidecar.upstream.gate import LONGEST_HEAD
from sidecar.upstream.response import MOST_INTERIMS, Response

OK = b"HTTP/1.1 200 OK\r\n"
LENGTH = OK + b"Content-Length: 5\r\n\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"
UNTIL_CLOSE = OK + b"\r\n"
EMPTY = OK + b"Content-Length: 0\r\n\r\n"
SWITCHING = b"HTTP/1.1 101 S\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
OLD = b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n"


def fed(*pieces: bytes, method: bytes = b"GET", upgrade: bool = False) -> Response:
    response = Response(method, upgrade=upgrade)
    for piece in pieces:
        response.feed(memoryview(piece))
    return response


def dripped(data: bytes, **options) -> Response:
    return fed(*[bytes([byte]) for byte in data], **options)


@pytest.mark.parametrize("feed", [fed, dripped])
@pytest.mark.parametrize(
    ("rule", "data", "method", "body", "complete"),
    [
        ("by its length", LENGTH + b"hello", b"GET", b"hello", True),
        ("short", LENGTH + b"hell", b"GET", b"hell", False),
        ("in chunks", CHUNKED + HELLO, b"GET", b"hello", True),
        ("no last chunk", CHUNKED + HELLO[:-2], b"GET", b"hello", False),
        ("until the connection closes", UNTIL_CLOSE + b"hello", b"GET", b"hello", False),
        ("empty", EMPTY, b"GET", b"", True),
        ("to HEAD", LENGTH, b"HEAD", b"", True),
        ("to HEAD, without length", UNTIL_CLOSE, b"HEAD", b"", True),
        ("to HEAD, in chunks", CHUNKED, b"HEAD", b"", True),
        ("204", b"HTTP/1.1 204 N\r\n\r\n", b"GET", b"", True),
        ("304", b"HTTP/1.1 304 N\r\nContent-Length: 5\r\n\r\n", b"GET", b"", True),
        ("after an interim one", b"HTTP/1.1 103 E\r\n\r\n" + LENGTH + b"hello", b"GET", b"hello", True),
    ],
)  # fmt: skip
def test_body(rule, data, method, body, complete, feed):
    response = feed(data, method=method)
    assert response.head is not None
    assert (response.complete, response.buffered) == (complete, len(body))
    assert response.take() == body
    assert not response.surplus
    assert response.take() == b""
    assert response.buffered == 0


@pytest.mark.parametrize(
    ("rule", "data", "keep_alive"),
    [
        ("by default", EMPTY, True),
        ("said so", OK + b"Content-Length: 0\r\nConnection: keep-alive\r\n\r\n", True),
        ("close", OK + b"Content-Length: 0\r\nConnection: close\r\n\r\n", False),
        ("close, among others", OK + b"Content-Length: 0\r\nConnection: X, Close\r\n\r\n", False),
        ("not in HTTP/1.0", OLD + b"\r\n", False),
        ("unless it says so", OLD + b"Connection: Keep-Alive\r\n\r\n", True),
        ("incomplete", LENGTH + b"hell", False),
        ("until the connection closes", UNTIL_CLOSE, False),
        ("no final head", b"HTTP/1.1 103 E\r\n\r\n", False),
        ("longer than it said", LENGTH + b"hello!", False),
        ("two at once", EMPTY + EMPTY, False),
        ("more than its chunks", CHUNKED + HELLO + b"\r\n", False),
    ],
)  # fmt: skip
def test_keep_alive(rule, data, keep_alive):
    assert fed(data).keep_alive is keep_alive
    assert dripped(data).keep_alive is keep_alive


@pytest.mark.parametrize(
    ("method", "head"),
    [(b"HEAD", LENGTH), (b"GET", b"HTTP/1.1 204 N\r\n\r\n"), (b"GET", b"HTTP/1.1 304 N\r\n\r\n")],
)  # fmt: skip
def test_a_body_where_none_may_be_is_surplus(method, head):
    response = fed(head + b"hello", method=method)
    assert (response.complete, response.take()) == (True, b"")
    assert (response.surplus, response.keep_alive) == (True, False)


def test_an_end_completes_only_what_lasts_until_then():
    for data, complete in ((UNTIL_CLOSE, True), (LENGTH, False), (CHUNKED, False)):
        response = fed(data)
        response.end()
        assert response.complete is complete


def test_interim_heads_are_told_except_100():
    response = fed(
        b"".join(b"HTTP/1.1 %d X\r\n\r\n" % status for status in (100, 103, 102))
    )
    assert [head.status for head in response.interims] == [103, 102]
    assert response.head is None
    assert response.started


def test_interim_heads_are_counted():
    interim = b"HTTP/1.1 102 P\r\n\r\n"
    assert len(fed(interim * MOST_INTERIMS).interims) == MOST_INTERIMS
    with pytest.raises(ResponseInvalid):
        fed(interim * (MOST_INTERIMS + 1))


def test_a_switch_must_be_asked_for():
    response = fed(SWITCHING + b"raw", upgrade=True)
    assert response.head is not None
    assert response.head.status == 101
    assert (response.keep_alive, response.buffered) == (False, 3)
    assert response.take_tail() == b"raw"
    assert response.buffered == 0
    with pytest.raises(ResponseInvalid):
        fed(SWITCHING)


@pytest.mark.parametrize(
    ("rule", "beginning"),
    [
        ("another protocol", b"SSH-2.0-x\r\n"),
        ("an empty line first", b"\r\nHTTP/1.1 200 OK\r\n"),
        ("another version", b"HTTP/2"),
        ("the wrong case", b"http/1.1"),
        ("a bare LF", b"HTTP/1.1 200 OK\n"),
        ("a bare LF later", OK + b"A: b\nB:"),
        ("two bare LFs", b"HTTP/1.1 200 OK\n\n"),
        ("endless", OK + b"A: " + b"b" * LONGEST_HEAD),
        ("endless, with an end", OK + b"A: b\r\n" * (LONGEST_HEAD // 6) + b"\r\n"),
    ],
)
def test_what_cannot_become_a_head_is_refused_at_once(rule, beginning):
    with pytest.raises(ResponseInvalid):
        fed(beginning)
    with pytest.raises(ResponseInvalid):
        fed(*[beginning[i : i + 7] for i in range(0, len(beginning), 7)])


def test_a_field_of_9_kilobytes_is_honest():
    assert fed(OK + b"A: " + b"b" * 9000 + b"\r\n\r\n").head is not None


def test_5000_fields_are_not():
    with pytest.raises(ResponseInvalid):
        fed(OK + b"A: b\r\n" * 5000 + b"\r\n")


def test_what_is_fed_may_be_overwritten():
    buffer = bytearray(UNTIL_CLOSE + b"hello")
    response = Response(b"GET")
    response.feed(memoryview(buffer))
    buffer[:] = bytes(len(buffer))
    assert response.take() == b"hello"
    assert response.head is not None
    assert response.head.reason == b"OK"


@given(
    st.sampled_from([LENGTH + b"hello", CHUNKED + HELLO, UNTIL_CLOSE + b"hello", EMPTY * 2]),
    st.lists(st.integers(1, 40)),
)  # fmt: skip
def test_any_pieces_give_the_same(data, sizes):
    whole, pieces = fed(data), []
    for size in sizes:
        pieces.append(data[:size])
        data = data[size:]
    parts = fed(*[piece for piece in (*pieces, data) if piece])
    assert parts.head == whole.head
    assert parts.take() == whole.take()
    assert (parts.complete, parts.surplus) == (whole.complete, whole.surplus)
