"""The oracle itself: it accepts what is strict and nothing else."""

import pytest

from tests.harness.strict import Malformed, Requests, Responses

GET = b"GET /x HTTP/1.1\r\nHost: t\r\n\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: t\r\n"
GOOD = {
    "get": (GET, b""),
    "length": (POST + b"Content-Length: 5\r\n\r\nhello", b"hello"),
    "chunked": (
        POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ),
}
BAD = [
    GET.replace(b"\r\n", b"\n"),
    GET.replace(b"t\r\n\r\n", b"t\nX: y\r\n\r\n"),
    GET.replace(b"Host: t", b"Host: t\r\n folded"),
    GET.replace(b"Host: t", b"Host : t"),
    GET.replace(b"Host: t", b"Host: t\x01"),
    GET.replace(b"Host: t\r\n", b""),
    GET.replace(b"1.1", b"2.0"),
    GET.replace(b" /x ", b"  /x "),
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    POST + b"Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    POST + b"Content-Length: 05\r\n\r\nhello",
    POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    POST + b"Transfer-Encoding: chunked\r\n\r\n5x\r\nhello\r\n0\r\n\r\n",
]


@pytest.mark.parametrize("name", GOOD)
def test_strict_requests_in_any_pieces(name: str) -> None:
    data, body = GOOD[name]
    for at in range(len(data)):
        requests = Requests()
        events = requests.feed(data[:at]) + requests.feed(data[at:] + GET)
        ended = [request for event, request in events if event == "end"]
        assert [request.body for request in ended] == [body, b""]
        assert requests.finished == GET
        assert requests.pending == b""


@pytest.mark.parametrize("data", BAD)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        Requests().feed(data)


RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
REPLIES = {
    "whole": (RESPONSE, False, [200], None),
    "cut": (RESPONSE[:-1], True, [], "incomplete"),
    "cut-head": (RESPONSE[:20], True, [], "incomplete"),
    "until-close": (b"HTTP/1.1 200 OK\r\n\r\nhello", True, [200], None),
    "not-closed": (b"HTTP/1.1 200 OK\r\n\r\nhello", False, [], "incomplete"),
    "surplus": (RESPONSE + b"x", True, [200], "unasked bytes b'x'"),
    "interim": (b"HTTP/1.1 103 X\r\n\r\n" + RESPONSE, False, [200], None),
    "interim-alone": (b"HTTP/1.1 100 Continue\r\n\r\n", True, [], "incomplete"),
    "last-chunk-cut": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nv\r\n0\r\n",
        True,
        [],
        "incomplete",
    ),
}


@pytest.mark.parametrize("name", REPLIES)
def test_responses(name: str) -> None:
    data, closed, statuses, wrong = REPLIES[name]
    found = Responses((b"GET",))
    found.feed(data, closed=closed)
    assert [response.status for response in found.done] == statuses
    assert found.wrong == wrong


def test_bare_line_ends_in_a_response_are_wrong() -> None:
    found = Responses((b"GET",))
    found.feed(RESPONSE.replace(b"\r\n", b"\n"), closed=True)
    assert found.done == []
    assert found.wrong not in (None, "incomplete")
