"""Every way through the pipeline, told by what client and upstream were told."""

import asyncio
from types import SimpleNamespace
from typing import NoReturn

import pytest

from sidecar.errors import (
    ClientGone,
    ConnectionLost,
    ConnectionRefused,
    ContentTooLarge,
    FieldsTooLarge,
    RequestTimedOut,
    ResponseIncomplete,
    ResponseInvalid,
    ResponseTimedOut,
)
from sidecar.policy.concurrency import Fixed
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.failure import Counts
from sidecar.policy.pressure import Pressure
from sidecar.proxy.clock import Clock
from sidecar.proxy.exchange import Exchange
from sidecar.proxy.looked_up import Ready
from sidecar.proxy.permits import Guarded
from sidecar.proxy.places import Places, Rules
from sidecar.proxy.route import Tunnels
from sidecar.proxy.unbroken import UNBROKEN
from sidecar.telemetry.metrics import Tally
from sidecar.units import Instant
from tests.proxy.script import Client, Connection, Proxy, request, response, route

BIG = [b"x" * 40_000, b"y" * 40_000, b"z"]


async def test_a_small_response_is_one_write() -> None:
    connection = Connection([response(content_length=2), b"ok"], at_once=1)
    proxy, client = Proxy(connection), Client()
    seen = await proxy.pass_on(client)
    assert client.diary == ["start", "end"]
    assert client.content == b"ok"
    assert b"Content-Length: 2" in client.head
    assert connection.diary == ["send GET", "done", "release"]
    assert (seen.status, seen.sent, seen.error) == (200, 2, None)
    assert (seen.upstream, seen.endpoint, seen.attempts) == ("app", "app:80", 1)
    assert (seen.queue, seen.connect) == (0.25, 0.5)


async def test_what_was_received_is_the_doors_to_count() -> None:
    proxy, client = Proxy(Connection([response(content_length=0)], at_once=1)), Client()
    client.received = 7
    seen = await proxy.pass_on(client)
    assert seen.received == 7


async def test_a_chunked_response_that_is_all_here_gets_a_length() -> None:
    connection = Connection([response(chunked=True), b"all"], at_once=1)
    proxy, client = Proxy(connection), Client()
    await proxy.pass_on(client)
    assert b"Content-Length: 3" in client.head
    assert client.content == b"all"


@pytest.mark.parametrize(
    ("rule", "minor", "length", "framing", "content", "closes"),
    [
        ("length known", 1, 6, b"Content-Length: 6", b"abcdef", False),
        (
            "length unknown",
            1,
            None,
            b"Transfer-Encoding: chunked",
            b"3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n",
            False,
        ),
        ("unknown, HTTP/1.0", 0, None, b"Connection: close", b"abcdef", True),
        ("known, HTTP/1.0", 0, 6, b"Content-Length: 6", b"abcdef", False),
    ],
)
async def test_a_streamed_response(
    rule: str,
    minor: int,
    length: int | None,
    framing: bytes,
    content: bytes,
    closes: bool,  # noqa: FBT001
) -> None:
    head = response(content_length=length, chunked=length is None)
    proxy, client = Proxy(Connection([head, b"abc", b"def"])), Client()
    asked = request()
    asked.minor = minor
    seen = await proxy.pass_on(client, asked)
    assert framing in client.head
    assert client.content == content
    assert client.closes is closes
    assert seen.sent == 6


async def test_a_cut_response_breaks_the_connection() -> None:
    connection = Connection([response(content_length=6), b"abc", ResponseIncomplete()])
    proxy, client = Proxy(connection), Client()
    seen = await proxy.pass_on(client)
    assert client.diary == ["start", "write", "abort"]
    assert (seen.status, seen.error) == (200, "upstream_incomplete_response")
    assert connection.diary[-1] == "discard"


@pytest.mark.parametrize(
    ("rule", "script", "status", "code"),
    [
        ("refused", ConnectionRefused(), 502, "upstream_refused"),
        ("silent", Connection([ResponseTimedOut()]), 504, "upstream_timeout"),
        ("invalid", Connection([ResponseInvalid()]), 502, "upstream_invalid_response"),
        ("lost", Connection([ConnectionLost()]), 502, "upstream_connection_lost"),
    ],
)
async def test_an_upstream_that_fails(
    rule: str, script: Connection | ConnectionRefused, status: int, code: str
) -> None:
    proxy, client = Proxy(script), Client()
    seen = await proxy.pass_on(client)
    assert client.status == status
    assert code.encode() in client.content
    assert (seen.status, seen.error) == (status, code)
    assert not proxy.seen.defects
    if isinstance(script, Connection):
        assert "discard" in script.diary


@pytest.mark.parametrize(
    ("rule", "method", "reused", "answered", "again"),
    [
        ("a stale pooled connection", b"GET", True, False, True),
        ("a PUT is idempotent", b"PUT", True, False, True),
        ("a POST may have been acted on", b"POST", True, False, False),
        ("a new connection was not stale", b"GET", False, False, False),
        ("an answer had begun", b"GET", True, True, False),
    ],
)
async def test_the_silent_retry(
    rule: str,
    method: bytes,
    reused: bool,  # noqa: FBT001
    answered: bool,  # noqa: FBT001
    again: bool,  # noqa: FBT001
) -> None:
    lost = Connection([ConnectionLost()], reused=reused, got_bytes=answered)
    good = Connection([response(content_length=0)])
    proxy, client = Proxy(lost, good), Client()
    seen = await proxy.pass_on(client, request(method))
    assert client.status == (200 if again else 502)
    assert seen.attempts == (2 if again else 1)
    assert ("acquire fresh" in proxy.upstream.diary) is again


async def test_a_small_body_is_read_before_a_connection_is_taken() -> None:
    connection = Connection([response(content_length=0)])
    proxy, client = Proxy(connection), Client([b"ab", b"cd"])
    await proxy.pass_on(client, request(b"POST", content_length=4))
    assert client.diary == ["read", "read", "read", "start", "end"]
    assert connection.diary == ["send POST", "done", "release"]
    assert connection.sent.endswith(b"\r\n\r\nabcd")


async def test_a_body_that_never_comes_takes_no_connection() -> None:
    proxy, client = Proxy(), Client([RequestTimedOut()])
    await proxy.pass_on(client, request(b"POST", content_length=4))
    assert client.status == 408
    assert not proxy.upstream.diary


@pytest.mark.parametrize("chunked", [True, False])
async def test_a_large_body_is_streamed(chunked: bool) -> None:  # noqa: FBT001
    connection = Connection([response(content_length=0)])
    proxy, client = Proxy(connection), Client(BIG)
    length = None if chunked else sum(map(len, BIG))
    seen = await proxy.pass_on(
        client, request(b"PUT", chunked=chunked, content_length=length)
    )
    assert client.status == 200
    assert connection.sent.count(b"x") >= 40_000
    assert seen.received >= 80_000


async def test_an_early_answer_to_an_upload_is_relayed_and_nothing_is_reused() -> None:
    connection = Connection([response(413, content_length=0)], early=True)
    proxy, client = Proxy(connection), Client(BIG)
    await proxy.pass_on(client, request(b"PUT", chunked=True))
    assert client.status == 413
    assert "done" not in connection.diary  # so that `release` closes it
    assert connection.diary[-1] == "release"


async def test_a_body_above_the_limit_is_refused_while_it_streams() -> None:
    connection = Connection([ConnectionLost()])
    proxy, client = Proxy(connection), Client([*BIG[:2], ContentTooLarge()])
    seen = await proxy.pass_on(client, request(b"PUT", chunked=True))
    assert client.status == 413
    assert seen.error == "content_too_large"


async def test_a_client_that_leaves_ends_the_upload_and_is_not_answered() -> None:
    connection = Connection([response(content_length=9), b"abc", b"def", b"ghi"])
    proxy, client = Proxy(connection), Client()
    client.leaves_after = 1
    seen = await proxy.pass_on(client)
    assert connection.diary[-1] == "discard"
    assert (seen.status, seen.error) == (200, "client_gone")


async def test_cancellation_is_the_client_leaving() -> None:
    class Silent(Connection):
        async def response(self, due: object, interim: object) -> NoReturn:
            await asyncio.Event().wait()
            raise AssertionError

    connection = Silent([])
    proxy, client = Proxy(connection), Client()
    one = proxy.pipeline.begin(request(), client)
    task = asyncio.create_task(proxy.pipeline.forward(one))
    while "done" not in connection.diary:
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (proxy.seen.only.status, proxy.seen.only.error) == (499, "client_gone")
    assert connection.diary[-1] == "discard"
    assert proxy.route.gauge.in_flight == 0


async def test_a_defect_of_ours_is_a_500_and_is_reported() -> None:
    proxy, client = Proxy(Connection([])), Client()  # an empty script is a defect
    seen = await proxy.pass_on(client)
    assert client.status == 500
    assert seen.error == "internal_error"
    assert len(proxy.seen.defects) == 1


async def test_interim_responses_are_relayed() -> None:
    connection = Connection([response(content_length=0)])
    connection.interims = [response(103, [(b"Link", b"</a.css>")])]
    proxy, client = Proxy(connection), Client()
    await proxy.pass_on(client)
    assert client.diary == ["interim 103", "start", "end"]


@pytest.mark.parametrize(
    ("rule", "asked", "status"),
    [
        ("a loop", request(values={b"via": b"1.1 sidecar-test"}), 508),
        (
            "the last hop answers OPTIONS",
            request(b"OPTIONS", values={b"max-forwards": b"0"}),
            200,
        ),
    ],
)
async def test_what_needs_no_upstream(rule: str, asked: object, status: int) -> None:
    proxy, client = Proxy(), Client()
    one = proxy.pipeline.begin(asked, client)  # type: ignore[arg-type]
    assert proxy.pipeline.answer(one)
    assert client.status == status
    assert not proxy.upstream.diary
    assert proxy.seen.only.status == status


async def test_a_phase_may_answer() -> None:
    class Stored:
        def lookup(self, exchange: Exchange, now: Instant, /) -> Ready:
            return Ready(200, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n", b"ab")

    proxy, client = Proxy(route=route(cache=Stored())), Client()
    assert proxy.pipeline.answer(proxy.pipeline.begin(request(), client))
    assert client.sent == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab"
    assert (proxy.seen.only.status, proxy.seen.only.sent) == (200, 2)


def test_who_finds_a_full_queue_is_told_at_once() -> None:
    """There is no event loop: no task, no future, no timer."""
    clock, shed = Clock(), Tally()
    places = Places(
        Fixed(1),
        Rules(),
        pressure=Pressure(),
        deadlines=Deadlines(),
        clock=clock.now,
    )
    permits = Guarded(UNBROKEN, Counts([], []), shed, clock.now, (places,))
    proxy, client = Proxy(route=route(permits=permits)), Client()
    places.take()
    one = proxy.pipeline.begin(request(), client)
    assert proxy.pipeline.answer(one)
    assert (client.status, proxy.seen.only.error) == (503, "overloaded")
    assert b"Retry-After: 1" in client.head
    assert shed.counts == {"queue_full": 1}
    assert places.in_flight == 1


async def test_a_refused_request_closes_the_connection() -> None:
    proxy, client = Proxy(), Client()
    proxy.pipeline.refuse(client, FieldsTooLarge("secret"), None)
    assert client.status == 431
    assert client.closes
    assert b"secret" not in client.sent
    assert proxy.seen.only.detail == "secret"


async def test_a_client_that_cannot_be_answered_is_logged_as_499() -> None:
    proxy, client = Proxy(), Client([ClientGone()])
    seen = await proxy.pass_on(client, request(b"POST", content_length=3))
    assert (seen.status, client.diary[-1]) == (499, "abort")


WEBSOCKET = {b"origin": b"https://ours"}


@pytest.mark.parametrize(
    ("rule", "tunnels", "status"),
    [
        ("any origin", Tunnels(), None),
        ("ours", Tunnels(origins=frozenset({b"https://ours"})), None),
        ("not theirs", Tunnels(origins=frozenset({b"https://theirs"})), 403),
        ("no more room", Tunnels(limit=0), 503),
        ("off: a plain request", Tunnels(protocols=frozenset()), 426),
    ],
)
async def test_an_upgrade(rule: str, tunnels: Tunnels, status: int | None) -> None:
    answer = response(101, [(b"Upgrade", b"websocket")])
    if not tunnels.protocols:
        answer = response(426, content_length=0)
    connection = Connection([answer])
    proxy, client = Proxy(connection, route=route(tunnels=tunnels)), Client()
    asked = request(upgrade=b"websocket", values=WEBSOCKET)
    if status is not None:
        await proxy.pass_on(client, asked)
        assert client.status == status
        return
    one = proxy.pipeline.begin(asked, client)
    assert not proxy.pipeline.answer(one)
    task = asyncio.create_task(proxy.pipeline.forward(one))
    while client.other is None or connection.other is None:
        await asyncio.sleep(0)
    assert tunnels.open == 1
    assert len(proxy.deadlines) == 1
    connection.other.received(b"down")
    client.other.received(b"up")
    client.other.lost()
    await task
    assert connection.diary == ["send GET upgrade", "done", "received b'up'", "lost"]
    assert client.diary == ["tunnel", "received b'down'", "lost"]
    assert (tunnels.open, len(proxy.deadlines)) == (0, 0)
    assert (proxy.seen.only.status, proxy.seen.only.sent) == (101, 4)


async def test_a_defect_of_an_observer_costs_no_answer() -> None:
    proxy, client = Proxy(Connection([response(content_length=0)])), Client()

    def fails(_finished: object) -> None:
        raise RuntimeError("a defect")

    proxy.pipeline._observer = SimpleNamespace(observe=fails)
    one = proxy.pipeline.begin(request(), client)
    await proxy.pipeline.forward(one)
    assert client.diary == ["start", "end"]
    assert [str(defect) for defect in proxy.seen.defects] == ["a defect"]
