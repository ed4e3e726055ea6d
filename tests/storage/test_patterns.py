from sidecar.storage import patterns as module
from sidecar.storage.patterns import NOT_PURGED, PLACES, SIZE, Patterns, Purged
from tests.storage.interleaved import at_each_step


def patterns() -> Patterns:
    return Patterns(memoryview(bytearray(SIZE)))


def test_newest_after():
    held = patterns()
    held.add(10, b" /a/**", soft=False)
    held.add(11, b" /a/*", soft=True)
    held.add(12, b" /b", soft=False)
    url = b"http://x/a/y"
    assert held.newest(url, 0) == Purged(10, 11)
    assert held.newest(url, 10) == Purged(0, 11)
    assert held.newest(url, 11) == NOT_PURGED
    assert held.newest(b"http://x/b", 0) == Purged(12, 0)
    assert held.newest(b"http://x/c", 0) == NOT_PURGED


def test_again_takes_the_same_place():
    held = patterns()
    for number in range(1, 10_000):
        assert held.displaced(b" /a", soft=False) == NOT_PURGED
        held.add(number, b" /a", soft=False)
    assert held.newest(b"http://x/a", 9_998) == Purged(9_999, 0)


def test_what_is_purged_again_is_purged_all_the_while():
    held = patterns()
    held.add(10, b" /a", soft=False)
    found = []

    def look():
        found.append(held.newest(b"http://x/a", 9).hard)

    steps = at_each_step(module, lambda: held.add(11, b" /a", soft=False), look)
    assert len(found) == steps > 0
    assert found == sorted(found)
    assert (found[0], held.newest(b"http://x/a", 9).hard) == (10, 11)


def test_soft_and_hard_are_two():
    held = patterns()
    held.add(1, b" /a", soft=False)
    held.add(2, b" /a", soft=True)
    assert held.newest(b"http://x/a", 0) == Purged(1, 2)


def test_the_oldest_makes_way_and_its_number_is_told():
    held = patterns()
    for number in range(1, PLACES + 1):
        assert held.displaced(b" /%d" % number, soft=number == 1) == NOT_PURGED
        held.add(number, b" /%d" % number, soft=number == 1)
    assert held.displaced(b" /new", soft=False) == Purged(0, 1)
    held.add(1000, b" /new", soft=False)
    assert held.displaced(b" /newer", soft=False) == Purged(2, 0)
    assert held.newest(b"http://x/1", 0) == NOT_PURGED
    assert held.newest(b"http://x/2", 0) == Purged(2, 0)
    assert held.newest(b"http://x/new", 0) == Purged(1000, 0)
