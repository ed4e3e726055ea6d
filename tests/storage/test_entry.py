import sys

import pytest

from sidecar.policy.lifetimes import Lifetimes
from sidecar.storage.entry import Rendition, Stored, Variants
from sidecar.units import Instant, Timestamp


def stored(**more):
    return Stored(
        url=b"http://a/",
        status=200,
        lines=b"Content-Type: text/plain\r\n",
        body=b"x" * 100,
        generated=Timestamp(1000.0),
        received=Timestamp(1003.0),
        lifetimes=Lifetimes(fresh=60, stale_if_error=30, keep=10),
        **more,
    )


@pytest.mark.parametrize(
    ("rule", "wall", "born", "fresh_until"),
    [
        ("made now", 1000, 500, 560),
        ("read later: its age counts", 1020, 480, 540),
        ("a wall clock set back makes nothing older than new", 900, 500, 560),
    ],
)
def test_settle(rule, wall, born, fresh_until):
    entry = stored()
    entry.settle(Timestamp(wall), Instant(500.0))
    assert (entry.born, entry.fresh_until) == (born, fresh_until), rule


def test_until_counts_all_uses():
    assert stored().until == 1100


def test_size_grows_with_what_is_kept():
    entry = stored()
    before = entry.size
    assert before > 100 + len(entry.lines)
    entry.codings[b"gzip"] = b"y" * 40
    assert entry.size == before + 40
    entry.renditions[b""] = Rendition(b"h" * 30, b"n" * 20, b"", entry.body)
    assert entry.size == before + 90  # the body is shared


def test_size_counts_tags():
    tags = tuple(b"%032d" % number for number in range(1000))
    assert stored(tags=tags).size - stored().size >= sum(map(sys.getsizeof, tags))


def test_markers_have_a_size():
    assert Variants(b"u", (b"a",), (b"k" * 10,), Timestamp(1)).size > 10
