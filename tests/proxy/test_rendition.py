import asyncio

import pytest

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.rendering import NO_FORMS, AsItIs
from sidecar.proxy.rendition import (
    MOST_KINDS,
    MOST_RENDITIONS,
    Renditions,
    stored_head,
    take_for_plain,
)
from sidecar.storage.entry import Stored
from sidecar.units import Timestamp
from tests.proxy.cache_script import Shelf
from tests.proxy.script import exchange, route
from tests.storage.no_store import NoStore

LINES = b'Content-Type: text/plain\r\nETag: "a"\r\nCache-Control: max-age=5\r\n'


CODED, VARY = b"Content-Encoding: gzip\r\n", b"Vary: Accept-Encoding\r\n"


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


def test_kinds_beyond_are_told_apart_by_what_comes_of_them():
    class Kinds(AsItIs):
        def __init__(self, outcome):
            self.kinds = iter(range(1000))
            self.coding = outcome

        def kind(self, _exchange, /):
            return b"%d" % next(self.kinds)

        def outcome(self, _exchange, /):
            return self.coding

    def renditions(entry, outcome, count):
        way = route(rendering=Kinds(outcome))
        made = Renditions(NO_EDITS, NoStore())
        return [made.of(exchange(of=way), entry, b"k") for _ in range(count)]

    stored = entry()
    first = renditions(stored, b"gzip", MOST_KINDS + 5)[MOST_KINDS:]
    assert None not in first
    assert len({id(one) for one in first}) == 1
    assert renditions(stored, b"br", MOST_KINDS + 1)[-1] is not first[0]
    assert len(stored.renditions) == MOST_KINDS + 2
    for n in range(MOST_RENDITIONS):
        renditions(stored, b"%d." % n, MOST_KINDS + 1)
    assert len(stored.renditions) == MOST_RENDITIONS
    coded = entry()
    coded.lines = CODED + LINES
    assert renditions(coded, b"gzip", MOST_KINDS + 1)[-1] is None


def test_what_is_not_stored_is_not_put_there():
    shelf = Shelf()
    Renditions(NO_EDITS, shelf).of(exchange(), entry(), b"k")
    assert not shelf.entries


def test_what_the_client_cannot_read_goes_to_nobody_as_it_is_stored():
    class Undoing(AsItIs):
        def takes_time(self, exchange, head, size):
            return True

    stored = entry()
    stored.lines += b"Content-Encoding: gzip\r\n"
    renditions = Renditions(NO_EDITS, NoStore())
    assert renditions.of(exchange(of=route(rendering=Undoing())), stored, b"k") is None
    assert (stored.renditions, len(renditions._making)) == ({}, 0)


@pytest.mark.parametrize(
    ("rule", "lines", "said", "taken"),
    [
        ("it was negotiated", CODED + VARY, {}, {b"accept-encoding": b""}),
        ("a word is a word", CODED + VARY, {b"accept-encoding": b"br"}, None),
        ("for everybody alike", CODED, {}, None),
        ("without coding", VARY, {}, None),
    ],
)
def test_who_says_nothing_of_codings(rule, lines, said, taken):
    stored, one = entry(), exchange()
    stored.lines += lines
    one.said = said
    take_for_plain(one, stored_head(stored))
    assert one.said == (said if taken is None else taken), rule


async def test_what_takes_time_goes_out_as_it_is_until_it_is_made():
    class Slow(AsItIs):
        def takes_time(self, exchange, head, size):
            return True

        async def whole_later(self, exchange, head, content, forms=NO_FORMS):
            forms.put(b"gzip", b"zip")
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
