"""What is read before a connection is taken, and what is relayed behind."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.errors import ConnectionLost, RequestTimedOut
from sidecar.proxy.body import EMPTY, LAST_CHUNK, SMALL, Upload, beginning, chunk
from sidecar.proxy.clock import Clock
from sidecar.semantics.chunked import Chunked
from tests.proxy.script import (
    Client,
    Connection,
    Proxy,
    exchange,
    request,
    response,
)


@pytest.mark.parametrize(
    ("rule", "sizes", "length", "whole"),
    [
        ("empty chunks", [], 0, True),
        ("small", [10, 20], 30, True),
        ("exactly small", [SMALL], SMALL, True),
        ("one more", [SMALL + 1], SMALL + 1, False),
        ("large", [SMALL, SMALL, SMALL], 2 * SMALL, False),
    ],
)
async def test_the_beginning(rule, sizes, length, whole):
    one = exchange(Client([b"x" * size for size in sizes]), request(chunked=True))
    content = await beginning(one)
    assert (len(content.data), content.whole) == (length, whole)


async def test_without_a_body_nothing_is_read():
    client = Client()
    assert await beginning(exchange(client)) is EMPTY
    assert not client.diary


async def test_what_the_client_does_wrong_is_raised():
    with pytest.raises(RequestTimedOut):
        await beginning(
            exchange(Client([b"a", RequestTimedOut()]), request(chunked=True))
        )


@given(st.lists(st.binary(min_size=1), max_size=5))
def test_chunks_are_what_a_reader_reads(pieces):
    reader = Chunked()
    framed = b"".join(map(chunk, pieces)) + LAST_CHUNK
    assert reader.feed(framed) == b"".join(pieces)
    assert reader.complete


def upload(client: Client, connection: Connection, *, chunked: bool = False) -> Upload:
    head = request(b"PUT", chunked=chunked, content_length=None if chunked else 9)
    return Upload(exchange(client, head), connection, b"one", Clock())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("chunked", "sent"),
    [(False, b"onetwo"), (True, b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n")],
)
async def test_an_upload_is_framed_as_it_was_announced(chunked, sent):
    connection = Connection([])
    one = upload(Client([b"two"]), connection, chunked=chunked)
    assert not one.finished
    await one._task
    assert connection.sent == sent
    assert connection.diary[-1] == "done"
    assert one.finished
    await one.stop()


async def test_an_upload_that_the_client_breaks_off_breaks_the_connection():
    connection = Connection([])
    one = upload(Client([RequestTimedOut()]), connection)
    await one._task
    assert isinstance(one.error, RequestTimedOut)
    assert connection.diary[-1] == "discard"
    assert not one.finished
    await one.stop()


async def test_an_upstream_that_reads_no_more_is_the_responses_affair():
    class Deaf(Connection):
        async def drained(self):
            raise ConnectionLost

    one = upload(Client(), connection := Deaf([]))
    await one._task
    assert one.error is None
    assert "done" not in connection.diary
    await one.stop()


async def test_an_upload_is_stopped_wherever_it_is():
    class Silent(Client):
        async def read(self):
            return await asyncio.Event().wait()

    one = upload(Silent(), connection := Connection([]))
    while not connection.diary:
        await asyncio.sleep(0)
    await one.stop()
    assert one._task.cancelled()
    assert "done" not in connection.diary


async def test_a_defect_of_an_upload_leaves_no_response_waiting():
    """`response` has no deadline meanwhile: it would wait for ever."""

    class Broken(Client):
        async def read(self):
            raise RuntimeError

    one = upload(Broken(), connection := Connection([]))
    await asyncio.wait((one._task,))
    assert not isinstance(one._task.exception(), RuntimeError)
    assert connection.diary[-1] == "discard"


async def test_a_client_that_stops_sending_is_to_blame_after_an_answer_began():
    class Streaming(Connection):
        async def read(self, silence, until=0.0):
            while "discard" not in self.diary:
                await asyncio.sleep(0)
            raise ConnectionLost("given up")

    head = response(content_length=9)
    proxy = Proxy(Streaming([head, b"never"], early=True))
    client = Client([b"x" * (SMALL + 1), RequestTimedOut()])
    seen = await proxy.pass_on(client, request(b"PUT", chunked=True))
    assert client.diary[-1] == "abort"
    assert seen.error == "request_timeout"
