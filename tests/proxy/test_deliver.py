"""Responses as the client gets them, from us or from the upstream."""

import pytest

from sidecar.errors import ClientGone, ResponseStalled
from sidecar.policy.edits import Edits
from sidecar.proxy.answer import Answer
from sidecar.proxy.clock import Clock
from sidecar.proxy.deliver import Deliverer
from sidecar.proxy.fetched import Fetched
from tests.proxy.script import Client, Connection, exchange, request, response, route


def fetched(head, *pieces, at_once=0):
    connection = Connection(list(pieces), at_once=at_once)
    connection.ended = not pieces
    return Fetched(head, connection)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "method", "answer", "reusable", "content", "closes"),
    [
        ("its content", b"GET", Answer(200, b"ab"), True, b"ab", False),
        ("none for HEAD", b"HEAD", Answer(200, b"ab"), True, b"", False),
        ("it closes", b"GET", Answer(400, b"ab", close=True), True, b"ab", True),
        ("the client does", b"GET", Answer(200, b"ab"), False, b"ab", True),
    ],
)
def test_an_answer(rule, method, answer, reusable, content, closes):
    client = Client()
    client.reusable = reusable
    one = exchange(client, request(method))
    Deliverer(Clock()).answer(one, answer)
    assert (client.content, client.closes) == (content, closes)
    assert b"Content-Length: 2" in client.head
    assert (b"Connection: close" in client.head) is closes
    assert (one.status, one.sent, one.head_sent) == (answer.status, len(content), True)
    assert client.diary == ["start", "end"]


@pytest.mark.parametrize(
    ("rule", "head", "framing"),
    [
        (
            "HEAD with a length",
            response(content_length=7, bodiless=True),
            b"Content-Length: 7",
        ),
        (
            "304 with a length",
            response(304, content_length=7, bodiless=True),
            b"Content-Length: 7",
        ),
        ("HEAD without one", response(bodiless=True), None),
        ("204 never has one", response(204, content_length=7, bodiless=True), None),
    ],
)
async def test_without_a_body(rule, head, framing):
    client = Client()
    await Deliverer(Clock()).relay(exchange(client), fetched(head))
    lengths = [line for line in client.head.split(b"\r\n") if b"Content-Length" in line]
    assert lengths == ([] if framing is None else [framing])
    assert b"chunked" not in client.head
    assert (client.content, client.closes) == (b"", False)


async def test_a_stream_waits_for_the_client_before_it_asks_for_more():
    client = Client()
    client.leaves_after = 1
    one = exchange(client)
    given = fetched(response(content_length=6), b"ab", b"cd", b"ef")
    with pytest.raises(ClientGone):
        await Deliverer(Clock()).relay(one, given)
    assert client.content == b"ab"
    assert (one.sent, one.head_sent) == (2, True)
    # Whoever called gives the connection back.
    assert given.connection.diary == []


async def test_a_stream_that_falls_silent_never_ends():
    client = Client()
    with pytest.raises(ResponseStalled):
        await Deliverer(Clock()).relay(
            exchange(client), fetched(response(chunked=True), b"ab", ResponseStalled())
        )
    assert not client.content.endswith(b"0\r\n\r\n")
    assert "end" not in client.diary


async def test_the_first_of_a_stream_goes_with_its_head():
    client = Client()
    connection = Connection([b"ab", b"cd"], at_once=1)
    await Deliverer(Clock()).relay(
        exchange(client),
        Fetched(response(chunked=True), connection),  # type: ignore[arg-type]
    )
    assert client.diary == ["start", "write", "write", "end"]
    assert client.content == b"2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n"
    assert connection.diary == ["release"]


def test_the_edits_of_the_route_are_carried_out():
    client = Client()
    edits = Edits.of({"x-frame-options": "DENY"}, ["date"])
    Deliverer(Clock()).answer(
        exchange(client, of=route(response_edits=edits)), Answer(200)
    )
    assert b"x-frame-options: DENY" in client.head
    assert b"Date:" not in client.head
