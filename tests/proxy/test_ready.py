import gzip

import pytest

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.ready import Writer
from sidecar.storage.entry import Stored
from sidecar.units import Instant, Timestamp
from tests.coding.contract import UNDO
from tests.proxy.cache_script import Shelf
from tests.proxy.lightened import TEXT, Light
from tests.proxy.script import exchange
from tests.storage.no_store import NoStore


def entry():
    one = Stored(
        b"http://a/", 200, b"A: 1\r\n", b"ab", Timestamp(0), Timestamp(0), Lifetimes(60)
    )
    one.settle(Timestamp(5.0), Instant(105.0))
    return one


HEAD = b"HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 2\r\n"


@pytest.mark.parametrize(
    ("rule", "edits", "debug", "lines"),
    [
        (
            "all",
            NO_EDITS,
            True,
            b"Age: 5\r\nCache-Status: sidecar; hit; ttl=55\r\nX-Request-Id: id\r\n",
        ),
        ("not wanted", NO_EDITS, False, b"Age: 5\r\nX-Request-Id: id\r\n"),
        (
            "edited away",
            Edits.of({}, ["cache-status", "x-request-id"]),
            True,
            b"Age: 5\r\n",
        ),
        ("Age, too", Edits.of({}, ["age"]), False, b"X-Request-Id: id\r\n"),
    ],
)
def test_what_is_written_behind_the_head(rule, edits, debug, lines):
    one = exchange()
    one.id = b"id"
    writer = Writer(edits, NoStore(), debug=debug)
    ready = writer.hit(one, entry(), b"k", Instant(105.0))
    assert ready.head == HEAD + lines, rule
    assert ready.content == b"ab"


def test_what_was_promised_to_this_client_goes_along():
    one = exchange()
    one.id, one.extra = b"id", b"RateLimit: x\r\n"
    ready = Writer(NO_EDITS, NoStore()).hit(one, entry(), b"k", Instant(105.0))
    assert ready.head.endswith(b"X-Request-Id: id\r\nRateLimit: x\r\n")


def test_age_is_never_negative():
    writer = Writer(NO_EDITS, NoStore())
    ready = writer.hit(exchange(), entry(), b"k", Instant(90.0))
    assert b"Age: 0\r\n" in ready.head


def test_the_head_is_made_once():
    stored = entry()
    writer = Writer(NO_EDITS, NoStore())
    writer.hit(exchange(), stored, b"k", Instant(105.0))
    made = stored.renditions[b""]
    writer.answer(exchange(), stored, b"k", b"x", None)
    assert stored.renditions[b""] is made
    assert stored.hits == 2


GZIPPED = b'Content-Type: text/plain\r\nETag: "a"\r\nContent-Encoding: gzip\r\n'


class Coded:
    """A response that was stored in gzip, and requests for it."""

    def __init__(self, **options):
        self.shelf = Shelf()
        self.writer = Writer(NO_EDITS, self.shelf, **options)
        self.light = Light()
        self.entry = entry()
        self.entry.lines, self.entry.body = GZIPPED, gzip.compress(TEXT)
        self.shelf.put(b"k", self.entry)
        self.grown = 0

    async def ask(self, **said):
        """The answer, and whether it had to wait for a thread."""
        one = self.light.asked(**said)
        before = self.entry.size
        ready = self.writer.hit(one, self.entry, b"k", Instant(105.0))
        later = ready.later
        if later is not None:
            ready = await self.writer.made(one, later)
        self.grown += self.entry.size - before
        return ready, later is not None


async def test_a_coding_is_undone_once():
    coded = Coded()
    first, late = await coded.ask(accept_encoding=b"identity")
    assert (first.content, late) == (TEXT, True)
    assert coded.grown >= len(TEXT)
    for said in (b"identity", b"identity", b"gzip;q=0", b""):
        again, late = await coded.ask(accept_encoding=said)
        assert late is False
        assert again.content is coded.entry.codings[b"identity"]
        assert b"Content-Encoding" not in again.head
    known, _ = await coded.ask(accept_encoding=b"", if_none_match=b'W/"a"')
    part, _ = await coded.ask(accept_encoding=b"", range=b"bytes=4-7")
    assert (known.status, part.status, part.content) == (304, 206, TEXT[4:8])
    as_stored, _ = await coded.ask(accept_encoding=b"gzip")
    assert as_stored.content is coded.entry.body


async def test_what_is_undone_is_coded_once():
    coded = Coded()
    _, late = await coded.ask(accept_encoding=b"br")
    assert late
    found = [(await coded.ask(accept_encoding=b"br"))[0] for _ in range(2)]
    assert {id(one.content) for one in found} == {id(coded.entry.codings[b"br"])}
    assert UNDO[b"br"](found[0].content) == TEXT


async def test_what_is_larger_than_may_be_stored_is_undone_each_time():
    coded = Coded(largest=len(TEXT) - 1)
    for said in (b"identity", b"br") * 2:
        ready, late = await coded.ask(accept_encoding=said)
        assert late
        undo = UNDO[b"br"] if said == b"br" else bytes
        assert undo(ready.content) == TEXT
    assert coded.entry.codings == {}
