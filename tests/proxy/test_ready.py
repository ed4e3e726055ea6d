import pytest

from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.ready import Writer
from sidecar.storage.entry import Stored
from sidecar.storage.store import NoStore
from sidecar.units import Instant, Timestamp
from tests.proxy.script import exchange


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
