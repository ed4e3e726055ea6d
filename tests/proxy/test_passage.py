"""What costs a task, what does not, and how each of them ends."""

import asyncio
import gzip

import pytest

from sidecar.errors import ConnectionLost, ResponseIncomplete, ResponseTimedOut
from sidecar.proxy.body import SMALL
from sidecar.proxy.passage import Passage
from sidecar.proxy.rendering import AS_IT_IS
from sidecar.semantics.message import ResponseHead
from tests.proxy.cache_script import Scene
from tests.proxy.lightened import TEXT, Light
from tests.proxy.script import (
    But,
    Client,
    Connection,
    Proxy,
    request,
    response,
    route,
)


class Notifying(Connection):
    """An upstream connection that tells when something of its script is here."""

    def notify(self, due, listener):
        self.due = due
        self.listener = listener

    def whole(self):
        if self.got_bytes:
            return super().whole()
        if not self.all_here:
            return None
        self.at_once = len(self.script) - 1
        self.got_bytes = True
        return self.script.pop(0)

    def head(self):
        first = next(iter(self.script), None)
        return first if isinstance(first, ResponseHead) else None

    def hurry(self):
        super().hurry()
        self.listener()

    all_here = True


class Whole(Client):
    """A client whose request body is all here."""

    has_all = True


def begun(*script, client=None, head=None, all_here=True, rendering=AS_IT_IS):
    connection = Notifying(list(script), reused=True)
    connection.all_here = all_here
    proxy = Proxy(connection, route=route(rendering=rendering))
    client = client or Client()
    over = asyncio.Event()
    exchange = proxy.pipeline.begin(head or request(), client)
    passage = Passage(proxy.pipeline, exchange, over.set)
    return proxy, connection, client, passage, over


async def test_a_whole_answer_needs_no_task():
    proxy, connection, client, passage, over = begun(response(content_length=2), b"ab")
    assert connection.diary == ["send GET", "done"]
    connection.listener()
    assert over.is_set()
    assert client.content == b"ab"
    assert connection.diary[-1] == "release"
    assert passage._task is None
    assert proxy.seen.only.status == 200
    assert proxy.route.gauge.in_flight == 0


async def test_a_small_body_goes_along():
    head = request(b"POST", content_length=5)
    _, connection, _, _, over = begun(
        response(content_length=0), client=Whole([b"hello"]), head=head
    )
    connection.listener()
    assert over.is_set()
    assert connection.sent.endswith(b"\r\n\r\nhello")


@pytest.mark.parametrize(
    ("rule", "script", "status"),
    [
        ("it comes in pieces", [response(content_length=2), b"a", b"b"], 200),
        ("none came", [ResponseTimedOut()], 504),
        ("the connection was lost", [ConnectionLost()], None),
    ],
)
async def test_what_takes_time_gets_a_task(rule, script, status):
    proxy, connection, client, passage, over = begun(*script, all_here=False)
    fresh = Connection([response(204)])
    proxy.upstream.script.append(fresh)
    connection.listener()
    assert passage._task is not None
    await asyncio.wait_for(over.wait(), 5)
    # A connection that had been used before may have been closed meanwhile.
    assert client.status == (status or 204)
    assert proxy.seen.only.attempts == (1 if status else 2)


@pytest.mark.parametrize(
    ("rule", "head", "client"),
    [
        ("its body is not here yet", request(b"POST", content_length=2), None),
        ("it asks for another protocol", request(upgrade=b"websocket"), None),
    ],
)
async def test_what_is_not_asked_at_once(rule, head, client):
    client = client or Client([b"ab"])
    proxy, _, _, passage, over = begun(
        response(content_length=0), head=head, client=client
    )
    assert passage._task is not None
    await asyncio.wait_for(over.wait(), 5)
    assert proxy.seen.only.status == 200


@pytest.mark.parametrize("with_task", [False, True])
async def test_a_client_that_leaves(with_task):
    proxy, connection, _, passage, over = begun(all_here=False)
    connection.diary.clear()  # else the double answers at once
    if with_task:
        connection.listener()
        await asyncio.sleep(0)
    passage.cancel()
    if with_task:
        with pytest.raises(asyncio.CancelledError):
            await passage._task
    assert "discard" in connection.diary
    assert proxy.seen.only.status == 499
    assert proxy.seen.only.error == "client_gone"
    assert proxy.route.gauge.in_flight == 0
    assert not over.is_set()


@pytest.mark.parametrize("asked", [False, True])
async def test_a_client_that_leaves_before_its_task_has_begun(asked):
    proxy, connection, _, passage, over = begun(
        head=request() if asked else request(upgrade=b"websocket"), all_here=False
    )
    if asked:
        connection.listener()
    task = passage._task
    passage.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    passage.cancel()
    assert ("discard" in connection.diary) is asked
    assert proxy.seen.only.status == 499
    assert proxy.route.gauge.in_flight == 0
    assert not over.is_set()


async def test_what_was_given_back_is_not_broken_off():
    """Where an answer is stored, and has still to be made when its client leaves."""
    body = gzip.compress(TEXT)
    head = response(
        200,
        [
            (b"Cache-Control", b"max-age=60"),
            (b"Content-Encoding", b"gzip"),
            (b"Content-Type", b"text/plain"),
        ],
        content_length=len(body),
    )
    rendering = Light().rendering
    # It looks as if it took no time until it is stored.
    glances = iter([False])
    hasty = But(rendering, takes_time=lambda *_: next(glances, True))
    connection = Notifying([head, body], reused=True, at_once=1)
    proxy = Proxy(connection, route=route(cache=Scene().cache, rendering=hasty))
    plain = request(values={b"accept-encoding": b"identity"})
    exchange = proxy.pipeline.begin(plain, Client())
    assert not proxy.pipeline.answer(exchange)
    passage = Passage(proxy.pipeline, exchange, lambda: None)
    connection.listener()
    assert connection.diary[-1] == "release"
    passage.cancel()
    assert connection.diary[-1] == "release"
    assert proxy.seen.only.status == 499


async def test_a_defect_costs_its_exchange_only():
    class Broken(Client):
        broken = True

        def start(self, *parts, **more):
            if self.broken:
                self.broken = False
                raise RuntimeError("a defect")
            super().start(*parts, **more)

    proxy, connection, client, _, over = begun(
        response(content_length=0), client=Broken()
    )
    connection.listener()
    assert over.is_set()
    assert client.status == 500
    assert [str(one) for one in proxy.seen.defects] == ["a defect"]
    assert connection.diary[-1] == "discard"
    assert proxy.route.gauge.in_flight == 0


async def test_a_defect_of_what_looks_at_an_answer_costs_its_exchange_only():
    def defect(*_):
        raise RuntimeError("a defect")

    proxy, connection, client, _, over = begun(
        response(content_length=0), rendering=But(AS_IT_IS, takes_time=defect)
    )
    connection.listener()
    assert over.is_set()
    assert client.status == 500
    assert connection.diary[-1] == "discard"
    assert proxy.route.gauge.in_flight == 0


async def test_a_large_body_is_not_sent_at_once_though_all_of_it_is_here():
    """It is relayed as it came: by its chunks, not by a length."""
    client = Whole([b"x" * (SMALL + 1)])
    client.received = SMALL + 1
    head = request(b"POST", chunked=True)
    _, connection, _, passage, over = begun(
        response(content_length=0), client=client, head=head
    )
    assert passage._task is not None
    await asyncio.wait_for(over.wait(), 5)
    assert b"Transfer-Encoding: chunked" in connection.sent


def waiting(*script):
    return begun(*script, all_here=False, rendering=Light().rendering)


async def test_a_body_that_gets_a_tag_needs_no_task():
    proxy, connection, client, passage, over = waiting(
        response(content_length=4), b"ab", b"cd"
    )
    connection.listener()
    assert connection.diary[-1] == "gather"
    assert not over.is_set()
    connection.all_here = True
    connection.listener()
    assert over.is_set()
    assert passage._task is None
    assert client.content == b"abcd"
    assert b"ETag: " in client.head
    assert client.diary == ["start", "end"]
    assert "hurry" not in connection.diary
    assert (
        proxy.seen.only.first_byte <= proxy.seen.only.first_byte + proxy.seen.only.body
    )


async def test_a_body_that_does_not_come_in_time_goes_on_as_it_comes():
    proxy, connection, client, _, over = waiting(
        response(content_length=4), b"ab", b"cd"
    )
    connection.listener()
    await asyncio.wait_for(over.wait(), 30)
    assert connection.diary.count("gather") == 1
    assert "hurry" in connection.diary
    assert client.content == b"abcd"
    assert proxy.seen.only.status == 200


async def test_a_body_that_breaks_off_while_it_is_waited_for():
    _, connection, client, passage, over = waiting(
        response(content_length=4), b"ab", ResponseIncomplete()
    )
    connection.listener()
    connection.listener()
    assert passage._task is not None
    await asyncio.wait_for(over.wait(), 30)
    assert client.status == 502


async def test_a_client_that_leaves_while_a_body_is_waited_for():
    proxy, connection, _, passage, _ = waiting(response(content_length=4), b"ab")
    connection.listener()
    passage.cancel()
    assert passage._timer is None
    assert connection.diary[-1] == "discard"
    assert proxy.seen.only.status == 499
    assert proxy.route.gauge.in_flight == 0
