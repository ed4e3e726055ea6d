from sidecar.storage.entry import Variants
from sidecar.storage.listing import Shown, listing, merged
from sidecar.storage.memory import Memory
from sidecar.units import Instant, Timestamp
from tests.storage.entries import NOW, stored


def test_the_most_used_first():
    memory = Memory(1 << 20)
    for number in range(10):
        entry = stored(b"http://a/%d" % number)
        entry.hits = number
        memory.put(b"%d" % number, entry)
    memory.put(b"marker", Variants(b"u", (), (), Timestamp(1)))
    shown = listing(memory, 3, NOW)
    assert [one.url for one in shown] == ["http://a/9", "http://a/8", "http://a/7"]
    assert len(listing(memory, 100, NOW)) == 10


def test_of_many_tags_some_are_shown():
    memory = Memory(1 << 20)
    memory.put(b"k", stored(tags=tuple(b"%d" % number for number in range(1000))))
    [shown] = listing(memory, 3, NOW)
    assert len(shown.tags) < 100


def test_what_is_shown_of_one():
    memory = Memory(1 << 20)
    entry = stored(
        b"http://a/\xff",
        tags=(b"t",),
        owner=b"somebody",
        lines=b"Set-Cookie: canary\r\n",
        body=b"canary",
        codings={b"gzip": b"z", b"br": b"b"},
    )
    memory.put(b"k", entry)
    [shown] = listing(memory, 3, Instant(NOW + 70))
    assert shown == Shown(
        url="http://a/\xff",
        status=200,
        age=70.0,
        left=-10.0,
        size=entry.size,
        hits=0,
        tags=("t",),
        codings=("br", "gzip"),
        private=True,
    )
    assert "canary" not in repr(shown)


def test_of_several_processes():
    def one(url, hits, codings=()):
        return Shown(url, 200, 0.0, 1.0, 100, hits, (), codings, private=False)

    shown = [one("a", 1), one("b", 5), one("a", 3), one("a", 2, ("gzip",))]
    assert merged(shown, 9) == [one("b", 5), one("a", 3), one("a", 2, ("gzip",))]
    assert len(merged(shown, 2)) == 2
