import asyncio

import pytest

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.rendering import NO_VARIANTS, AsItIs
from sidecar.proxy.rendition import MOST_KINDS, Renditions
from sidecar.storage.entry import Stored
from sidecar.storage.store import NoStore
from sidecar.units import Timestamp
from tests.proxy.cache_script import Shelf
from tests.proxy.script import exchange, route

LINES = b'Content-Type: text/plain\r\nETag: "a"\r\nCache-Control: max-age=5\r\n'


def entry(status=200, body=b"hello"):
    return Stored(
        b"http://a/",
        status,
        LINES,
        body,
        Timestamp(0),
        Timestamp(0),
        Lifetimes(),
        b'"a"',
    )


@pytest.mark.parametrize(
    ("rule", "status", "edits", "head"),
    [
        (
            "as it is stored",
            200,
            NO_EDITS,
            b"HTTP/1.1 200 OK\r\n" + LINES + b"Content-Length: 5\r\n",
        ),
        ("without content", 204, NO_EDITS, b"HTTP/1.1 204 No Content\r\n" + LINES),
        (
            "edited",
            404,
            Edits.of({"X-A": "1"}, ["etag"]),
            (
                b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\n"
                b"Cache-Control: max-age=5\r\nX-A: 1\r\nContent-Length: 5\r\n"
            ),
        ),
        (
            "a status without a phrase",
            299,
            NO_EDITS,
            b"HTTP/1.1 299 \r\n" + LINES + b"Content-Length: 5\r\n",
        ),
    ],
)
def test_head(rule, status, edits, head):
    made = Renditions(edits, NoStore()).of(exchange(), entry(status), b"k")
    assert made is not None
    assert made.head == head, rule


def test_not_modified_says_nothing_of_the_representation():
    found = Renditions(NO_EDITS, NoStore()).of(exchange(), entry(), b"k")
    assert found is not None
    assert found.not_modified == (
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nCache-Control: max-age=5\r\n'
    )
    assert (found.etag, found.content) == (b'"a"', b"hello")


def test_each_kind_of_request_has_its_own_up_to_a_bound():
    class Kinds(AsItIs):
        kinds = iter(range(1000))

        def kind(self, _exchange, /):
            return b"%d" % next(self.kinds)

    stored, way = entry(), route(rendering=Kinds())
    found = [
        Renditions(NO_EDITS, NoStore()).of(exchange(of=way), stored, b"k")
        for _ in range(MOST_KINDS + 5)
    ]
    assert found.count(None) == 5
    assert len(stored.renditions) == MOST_KINDS


def test_what_is_not_stored_is_not_put_there():
    shelf = Shelf()
    Renditions(NO_EDITS, shelf).of(exchange(), entry(), b"k")
    assert not shelf.entries


async def test_what_takes_time_goes_out_as_it_is_until_it_is_made():
    class Slow(AsItIs):
        def takes_time(self, exchange, head, size):
            return True

        async def whole_later(self, exchange, head, content, variants=NO_VARIANTS):
            variants.put(b"gzip", b"zip")
            return head, b"zip"

    shelf, stored = Shelf(), entry()
    shelf.put(b"k", stored)
    renditions = Renditions(NO_EDITS, shelf)
    one = exchange(of=route(rendering=Slow()))
    first = renditions.of(one, stored, b"k")
    while len(renditions._making):
        await asyncio.sleep(0)
    later = renditions.of(one, stored, b"k")
    assert first is not None
    assert later is not None
    assert (first.content, later.content) == (b"hello", b"zip")
    assert stored.codings == {b"gzip": b"zip"}
