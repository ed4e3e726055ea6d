import tracemalloc

from sidecar.storage.entry import Rendition
from sidecar.storage.memory import Memory
from tests.storage.entries import stored


def test_put_get_remove():
    memory = Memory(1 << 20)
    entry = stored()
    assert memory.put(b"k", entry)
    assert memory.get(b"k") is entry
    assert memory.get(b"other") is None
    memory.remove(b"k")
    memory.remove(b"k")
    assert memory.get(b"k") is None
    assert memory.counts() == (0, 0)


def test_put_again_counts_what_it_grew():
    memory = Memory(1 << 20)
    entry = stored()
    memory.put(b"k", entry)
    _, before = memory.counts()
    entry.codings[b"gzip"] = b"x" * 5000
    memory.put(b"k", entry)
    assert memory.counts() == (1, before + 5000)


def test_the_heads_of_a_first_use_are_counted_before_they_are_made():
    memory = Memory(1 << 20)
    entry = stored()
    memory.put(b"k", entry)
    _, before = memory.counts()
    memory.use(b"k", entry)
    _, expected = memory.counts()
    made = Rendition(entry.lines + b"x" * 60, entry.lines, b"", entry.body)
    entry.renditions[b""] = made
    memory.use(b"k", entry)
    assert memory.counts() == (1, expected)
    memory.put(b"k", entry)
    assert before < memory.counts()[1] <= expected


def test_what_is_larger_than_all_of_it():
    memory = Memory(1 << 20)
    memory.put(b"k", stored())
    assert not memory.put(b"k", stored(body=b"x" * (1 << 20)))
    assert memory.get(b"k") is None


def test_a_part_is_given_up():
    memory = Memory(1 << 20)
    for number in range(10):
        memory.put(b"%d" % number, stored())
    memory.give_up(0.5, 99)
    assert memory.counts()[0] == 5
    memory.give_up(0.5, 1)
    assert memory.counts()[0] == 4
    memory.give_up(1.0, 99)
    assert memory.counts() == (0, 0)
    memory.give_up(1.0, 99)
    assert memory.evictions == 10


def test_where_nothing_may_come_in_what_is_there_stays_until_it_is_out_of_date():
    memory = Memory(1 << 20)
    entry = stored()
    memory.put(b"k", entry)
    memory.takes = False
    assert memory.get(b"k") is entry
    assert memory.put(b"k", entry)
    assert not memory.put(b"other", stored())
    assert not memory.put(b"k", stored())
    assert memory.counts() == (0, 0)


def test_entries():
    memory = Memory(1 << 20)
    for number in range(10):
        memory.put(b"%d" % number, stored())
    assert len(list(memory.entries(5))) == 5
    assert {key for key, _ in memory.entries(99)} == {b"%d" % n for n in range(10)}
    memory.clear()
    assert not list(memory.entries(99))


def test_the_bound_is_of_real_bytes():
    """Of small ones, where Python's own bytes are the most."""
    bound = 8 << 20
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        memory = Memory(bound)
        for number in range(40_000):
            url = b"http://shop.example/products/%d" % number
            entry = stored(url, body=b"%d" % number, etag=b'"%d"' % number)
            memory.put(url + b" ", entry)
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert memory.evictions > 10_000
    assert 0.6 * bound < taken < bound
