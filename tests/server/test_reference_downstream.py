"""One request as the pipeline is offered it, over a guard and aiohttp's reader."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import TransferEncodingError

from sidecar.errors import BadRequest, ClientGone, ContentTooLarge, RequestTimedOut
from sidecar.server.gate import Limits
from sidecar.server.reference_downstream import ReferenceDownstream
from sidecar.server.request_body import CONTINUE
from tests.proxy.script import request
from tests.server.test_guard import HEAD, Told
from tests.server.wire import LIMITS, End

SMALL = Limits(LIMITS.head, LIMITS.field, LIMITS.target, LIMITS.fields, body=4)


class Asked:
    """A request that has passed the gate."""

    def __init__(self, head=None, **options):
        self.head = head or request(b"POST", content_length=9)
        self.told = Told(**options)
        self.told.receive(HEAD)
        self.told.serve(self.head)
        loop = asyncio.get_running_loop()
        protocol = BaseProtocol(loop)
        protocol.connection_made(cast("Any", self.told.wire))
        self.content = StreamReader(protocol, 2**16, loop=loop)
        asked = SimpleNamespace(content=self.content)
        self.downstream = ReferenceDownstream(
            self.told.guard, cast("Any", asked), self.head
        )

    @property
    def sent(self):
        return self.told.wire.sent


async def test_the_body_as_it_comes():
    asked = Asked()
    asked.content.feed_data(b"ab")
    assert await asked.downstream.read() == b"ab"
    asked.content.feed_data(b"cd")
    asked.content.feed_eof()
    assert await asked.downstream.read() == b"cd"
    assert await asked.downstream.read() == b""
    assert asked.downstream.received == 4
    assert asked.told.guard.due == float("inf")


async def test_a_body_that_is_late():
    asked = Asked()
    asked.downstream.body_patience = 3.0
    reading = asyncio.ensure_future(asked.downstream.read())
    await asyncio.sleep(0)
    asked.told.wait(3.1)
    with pytest.raises(RequestTimedOut):
        await reading


async def test_who_no_longer_waits_for_the_body_leaves_no_deadline():
    asked = Asked()
    reading = asyncio.ensure_future(asked.downstream.read())
    await asyncio.sleep(0)
    assert asked.told.guard.due < float("inf")
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert asked.told.guard.due == float("inf")


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        (web.RequestPayloadError("cut"), BadRequest),
        (TransferEncodingError("chunks"), BadRequest),
        (ConnectionResetError(), ClientGone),
        (OSError(110, "timed out"), ClientGone),
        (TimeoutError(), ClientGone),
    ],
)
async def test_what_aiohttp_says_of_a_body(theirs, ours):
    asked = Asked()
    asked.content.set_exception(theirs)
    with pytest.raises(ours):
        await asked.downstream.read()


async def test_nobody_reads_from_who_has_gone():
    asked = Asked()
    asked.told.wire.closing = True
    with pytest.raises(ClientGone):
        await asked.downstream.read()
    assert asked.downstream.closed


@pytest.mark.parametrize(("size", "fits"), [(4, True), (5, False)])
async def test_the_limit_of_a_body(size, fits):
    asked = Asked(limits=SMALL)
    asked.content.feed_data(b"x" * size)
    if fits:
        assert len(await asked.downstream.read()) == size
    else:
        with pytest.raises(ContentTooLarge):
            await asked.downstream.read()


@pytest.mark.parametrize(
    ("rule", "expects", "here", "said"),
    [
        ("asked for", True, b"", CONTINUE),
        ("not asked for", False, b"", b""),
        ("the body came by itself", True, b"x", b""),
    ],
)
async def test_expect(rule, expects, here, said):
    asked = Asked(request(b"POST", content_length=9, expects_continue=expects))
    if here:
        asked.content.feed_data(here)
    for _ in range(2):
        reading = asyncio.ensure_future(asked.downstream.read())
        await asyncio.sleep(0)
        asked.content.feed_data(b"y")
        await reading
    assert asked.sent == said


async def test_expect_is_not_answered_where_there_is_no_more_to_come():
    asked = Asked(request(b"POST", content_length=9, expects_continue=True))
    asked.content.feed_eof()
    assert await asked.downstream.read() == b""
    assert asked.sent == b""


REUSABLE = [
    # rule, head, the body has ended, draining, reusable
    ("all was read", request(), True, False, True),
    ("a body is still to come", request(content_length=5), False, False, False),
    ("the client closes", request(keep_alive=False), True, False, False),
    ("a drain", request(), True, True, False),
]


@pytest.mark.parametrize(
    ("rule", "head", "ended", "draining", "reusable"),
    REUSABLE,
    ids=[r[0] for r in REUSABLE],
)
async def test_reusable(rule, head, ended, draining, reusable):
    asked = Asked(head)
    asked.told.entrance.draining = draining
    if ended:
        asked.content.feed_eof()
    assert asked.downstream.reusable is reusable
    asked.downstream.end()
    assert asked.told.guard.read_all is ended


async def test_what_was_refused_has_nothing_to_read_and_is_not_used_again():
    downstream = ReferenceDownstream(Asked().told.guard, None, None)
    assert not downstream.reusable
    downstream.end()
    with pytest.raises(ClientGone):
        await downstream.read()


async def test_one_write_for_a_head_and_its_content():
    asked = Asked()
    asked.downstream.start(b"head", b"content")
    asked.downstream.write(b"more")
    assert asked.told.diary[-2:] == ["write", "write"]
    assert asked.sent == b"headcontentmore"
    assert asked.downstream.keep_alive
    asked.downstream.start(b"", close=True)
    assert not asked.downstream.keep_alive


async def test_an_abort_breaks_the_connection():
    asked = Asked()
    asked.downstream.start(b"head")
    asked.downstream.abort()
    assert not asked.downstream.keep_alive
    assert asked.told.diary[-1] == "abort"


@pytest.mark.parametrize(("minor", "said"), [(1, b"103"), (0, b"")])
async def test_interim_responses_are_for_http_1_1(minor, said):
    head = request()
    head.minor = minor
    asked = Asked(head)
    asked.downstream.interim(b"103")
    assert asked.sent == said


async def test_a_tunnel_delivers_first_what_came_before_its_time():
    asked, other = Asked(request(upgrade=b"websocket")), End()
    asked.told.receive(b"early")
    end = asked.downstream.tunnel(b"101", other)
    asked.told.receive(b"up")
    end.received(b"down")
    end.lost()
    assert other.diary == ["received early", "received up"]
    assert asked.sent == b"101down"
    assert asked.told.diary[-1] == "close"
