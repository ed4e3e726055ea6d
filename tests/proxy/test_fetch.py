"""What the upstream is asked, on which connection, and by when."""

from typing import Any

import pytest

from sidecar.errors import ConnectionLost, RequestTimedOut, ResponseTimedOut
from sidecar.policy.edits import Edits
from sidecar.proxy.attempts import Attempts
from sidecar.proxy.clock import Clock
from sidecar.proxy.fetch import Fetcher
from sidecar.proxy.fetched import Fetched
from sidecar.proxy.route import Timeouts
from sidecar.units import NEVER
from tests.proxy.script import (
    Client,
    Connection,
    Upstream,
    exchange,
    request,
    response,
    route,
)

LARGE = [b"x" * 70_000, b"y"]


class Asked(Upstream):
    """Also keeps how long it may take."""

    async def acquire(self, **limits: Any) -> Connection:
        self.limits = limits
        return await super().acquire(**limits)


async def fetch(one) -> Fetched:
    one.traceparent = b"00-%032x-%016x-00" % (1, 1)
    clock = Clock()
    return await Attempts(Fetcher(b"us", clock), clock).fetch(one)


@pytest.mark.parametrize(
    ("rule", "options", "asked", "expected"),
    [
        ("the client's", {}, b"example.org", b"Host: example.org\r\n"),
        ("the upstream's", {"host": b""}, b"example.org", b"Host: app\r\n"),
        ("a fixed one", {"host": b"fixed"}, b"example.org", b"Host: fixed\r\n"),
        ("none was said", {}, b"", b"Host: app\r\n"),
    ],
)
async def test_the_host(rule, options, asked, expected):
    connection = Connection([response()])
    head = request()
    head.authority = asked
    await fetch(exchange(head=head, of=route(Upstream(connection), **options)))
    assert expected in connection.sent


@pytest.mark.parametrize(
    ("rule", "head", "body", "framing"),
    [
        ("none", request(), [], None),
        (
            "none is said to be none",
            request(b"POST", content_length=0),
            [],
            b"Content-Length: 0",
        ),
        (
            "its length",
            request(b"POST", content_length=2),
            [b"ab"],
            b"Content-Length: 2",
        ),
        (
            "small chunks get a length",
            request(b"POST", chunked=True),
            [b"ab"],
            b"Content-Length: 2",
        ),
        (
            "large chunks do not",
            request(b"POST", chunked=True),
            LARGE,
            b"Transfer-Encoding: chunked",
        ),
        (
            "a large length",
            request(b"POST", content_length=70_001),
            LARGE,
            b"Content-Length: 70001",
        ),
    ],
)
async def test_the_framing(rule, head, body, framing):
    connection = Connection([response()])
    fetched = await fetch(exchange(Client(body), head, route(Upstream(connection))))
    lines = connection.sent.partition(b"\r\n\r\n")[0].split(b"\r\n")
    said = [line for line in lines if line.startswith((b"Content-L", b"Transfer"))]
    assert said == ([] if framing is None else [framing])
    await fetched.finish()
    assert connection.diary[-1] == "release"


async def test_the_wait_for_a_slot_is_within_the_wait_for_the_answer():
    upstream = Asked(Connection([response()]))
    timeouts = Timeouts(connect=1.5, slot=0.0)
    one = exchange(of=route(upstream, timeouts=timeouts))
    one.due = NEVER
    before = Clock().now()
    await fetch(one)
    assert upstream.limits["connect"] == 1.5
    assert before <= upstream.limits["due"] <= Clock().now()


async def test_without_a_slot_limit_it_is_what_is_left():
    upstream = Asked(Connection([response()]))
    one = exchange(of=route(upstream))
    await fetch(one)
    assert upstream.limits["due"] == one.due


async def test_the_time_to_send_is_not_the_upstreams():
    connection = Connection([response()])
    one = exchange(
        Client([b"ab"]), request(b"POST", content_length=2), route(Upstream(connection))
    )
    assert one.due < Clock().now()  # the exchange began at 0
    await fetch(one)
    assert connection.due == one.due > Clock().now()


async def test_while_it_uploads_the_upstream_has_no_deadline():
    connection = Connection([response()])
    one = exchange(
        Client(LARGE), request(b"POST", chunked=True), route(Upstream(connection))
    )
    fetched = await fetch(one)
    assert connection.due == NEVER
    await fetched.give_up()
    assert connection.diary[-1] == "discard"


@pytest.mark.parametrize(
    "error", [RequestTimedOut(), ConnectionLost(), ResponseTimedOut()]
)
async def test_an_upload_leaves_no_task_behind(error):
    mine = isinstance(error, RequestTimedOut)
    connection = Connection([ConnectionLost() if mine else error], early=not mine)
    client = Client([LARGE[0], error] if mine else LARGE)
    one = exchange(client, request(b"POST", chunked=True), route(Upstream(connection)))
    with pytest.raises(type(error)):
        await fetch(one)
    assert "discard" in connection.diary
    assert one.attempts == 1


async def test_edits_reach_the_upstream():
    connection = Connection([response()])
    edits = Edits.of({"x-api-key": "k"})
    await fetch(exchange(of=route(Upstream(connection), request_edits=edits)))
    assert b"x-api-key: k\r\n" in connection.sent


async def test_a_pooled_connection_is_taken_without_waiting():
    upstream = Upstream(Connection([response()], reused=True))
    one = exchange(of=route(upstream))
    await fetch(one)
    assert upstream.diary == ["idle"]
    assert (one.reused, one.queue, one.connect, one.endpoint) == (
        True,
        None,
        None,
        "app:80",
    )
    assert one.first_byte is not None


@pytest.mark.parametrize(
    ("rule", "head", "body", "expected"),
    [
        ("sent again if it was lost", request(), [], "acquire"),
        ("never sent again", request(b"POST"), [], "acquire sure"),
        (
            "as the client promised",
            request(b"POST", values={b"idempotency-key": b"k"}),
            [],
            "acquire",
        ),
        (
            "too long to be kept",
            request(b"PUT", content_length=70_001),
            LARGE,
            "acquire sure",
        ),
    ],
)
async def test_what_is_sent_once_gets_a_connection_that_is_sure(
    rule, head, body, expected
):
    upstream = Upstream(Connection([response()]))
    await fetch(exchange(Client(body), head=head, of=route(upstream)))
    assert upstream.diary == [expected]


@pytest.mark.parametrize(
    ("method", "expected"), [(b"GET", "idle"), (b"POST", "idle sure")]
)
async def test_what_is_asked_at_once_and_once_is_sure_too(method, expected):
    upstream = Upstream(Connection([response()], reused=True))
    one = exchange(head=request(method), of=route(upstream))
    one.traceparent = b"00-%032x-%016x-00" % (1, 1)
    assert Fetcher(b"us", Clock()).ask(one) is not None
    assert upstream.diary == [expected]
