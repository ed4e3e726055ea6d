"""What came before is not coded again, within bounds, and nobody gets another's."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.coding.gzip import Gzip
from sidecar.coding.levels import Levels
from sidecar.coding.zstd import Zstd
from sidecar.policy.validation import digest
from sidecar.proxy.remembered import HELD, UNREMEMBERED, Remembered
from tests.proxy.lightened import TEXT, Light, origin, undone

KIB = 1024


class Spelled:
    """A codec that keeps a diary; what it makes has a length that is known."""

    name, inline = b"spelled", 1 << 20

    def __init__(self, form=b"spelled 1", size=KIB):
        self.form, self.size = form, size
        self.diary = []

    def compress(self, content):
        self.diary.append(content)
        return (b"%b of %b;" % (self.form, content)).ljust(self.size)

    def padded(self, coded, padding):
        raise AssertionError

    def encoder(self, padding=0):
        raise AssertionError


def ask(remembered, codec, content):
    return remembered.coded(codec, content, digest(content))


def test_it_is_kept_from_the_second_time_on():
    remembered, codec = Remembered(64 * KIB), Spelled()
    first = ask(remembered, codec, b"a")
    assert (len(codec.diary), len(remembered)) == (1, 0)
    assert [ask(remembered, codec, b"a") for _ in range(4)] == [first] * 4
    assert (len(codec.diary), len(remembered)) == (2, 1)
    assert remembered.size == KIB + HELD
    assert [row[1:] for row in remembered.rows()] == [(("hit",), 3), (("miss",), 2)]


def test_what_never_comes_again_takes_no_room():
    remembered, codec = Remembered(64 * KIB), Spelled()
    for number in range(50_000):
        remembered.coded(codec, b"", b"%032d" % number)
    assert (len(remembered), remembered.size) == (0, 0)
    assert remembered.misses == 50_000


def test_forms_are_kept_apart():
    remembered, one, other = Remembered(64 * KIB), Spelled(), Spelled(b"spelled 2")
    for _ in range(3):
        assert ask(remembered, one, b"a").startswith(b"spelled 1 of a;")
        assert ask(remembered, other, b"a").startswith(b"spelled 2 of a;")
    assert len(remembered) == 2


def test_what_was_used_longest_ago_makes_room():
    held = KIB + HELD
    remembered, codec = Remembered(4 * held), Spelled()
    for name in (b"a", b"b", b"c", b"d") * 2:
        ask(remembered, codec, name)
    ask(remembered, codec, b"a")
    for _ in range(2):
        ask(remembered, codec, b"e")
    assert (len(remembered), remembered.size) == (4, 4 * held)
    codec.diary.clear()
    for name in (b"a", b"c", b"d", b"e"):
        ask(remembered, codec, name)
    assert not codec.diary
    ask(remembered, codec, b"b")
    assert codec.diary == [b"b"]


@pytest.mark.parametrize(
    ("rule", "size", "kept"),
    [("a quarter", 16 * KIB - HELD, 1), ("more", 16 * KIB - HELD + 1, 0)],
)
def test_one_does_not_drive_out_all_others(rule, size, kept):
    remembered, codec = Remembered(64 * KIB), Spelled(size=size)
    for _ in range(3):
        ask(remembered, codec, b"a")
    assert len(remembered) == kept, rule


def test_bounds_move_and_all_can_be_forgotten():
    remembered, codec = Remembered(64 * KIB), Spelled()
    for name in (b"a", b"b", b"c") * 2:
        ask(remembered, codec, name)
    remembered.bound(2 * (KIB + HELD))
    assert len(remembered) == 2
    remembered.clear()
    assert (len(remembered), remembered.size) == (0, 0)
    remembered.bound(0)
    for _ in range(3):
        ask(remembered, codec, b"a")
    assert len(remembered) == 0


def test_nothing_is_kept_where_it_is_off():
    codec = Spelled()
    for _ in range(3):
        UNREMEMBERED.coded(codec, b"a", digest(b"a"))
    assert len(codec.diary) == 3


@settings(max_examples=60)
@given(
    st.integers(0, 4 * KIB),
    st.lists(
        st.tuples(
            st.sampled_from([Gzip(1), Gzip(6), Zstd(3)]),
            st.sampled_from([b"", b"a" * 900, b"b" * 900, bytes(range(256)) * 4]),
        ),
        max_size=60,
    ),
)
def test_it_is_always_what_the_codec_makes(most, asked):
    remembered = Remembered(most)
    for codec, content in asked:
        assert ask(remembered, codec, content) == codec.compress(content)
        assert remembered.size <= most


def test_threads():
    remembered = Remembered(8 * (KIB + HELD))
    codec = Spelled()
    contents = [b"%d" % number for number in range(20)]

    def work(seed):
        random = Random(seed)
        for content in random.choices(contents, k=2000):
            assert ask(remembered, codec, content).split(b";")[0].endswith(content)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    remembered.bound(0)
    assert (len(remembered), remembered.size) == (0, 0)


def test_a_body_that_comes_again_goes_out_as_it_did():
    light = Light()
    found = [light.whole(light.asked(accept_encoding=b"gzip")) for _ in range(4)]
    assert len({content for _, content in found}) == 1
    assert all(undone(head, content) == TEXT for head, content in found)
    assert light.remembered.hits == 2
    assert light.counts.coded_bytes == [(b"gzip", len(TEXT), len(found[0][1]))] * 4


@pytest.mark.parametrize(
    ("rule", "said", "fields", "asked_for"),
    [
        ("anybody's", {}, {}, 3),
        ("one user's", {"authorization": b"x"}, {"cache_control": b"private"}, 3),
        ("no part of it is stored", {}, {"cache_control": b"no-store"}, 0),
        ("nor here", {}, {"sidecar_cache_control": b"no-store"}, 0),
        ("nor for this client", {"cache_control": b"no-store"}, {}, 0),
        ("the origin's tag is no name", {}, {"etag": b'"o"'}, 0),
        ("more than a body", {}, {"set_cookie": b"a=b"}, 0),
        ("an error", {}, {"status": 203}, 0),
        ("not coded", {"x_no_compression": b"1"}, {}, 0),
        ("not a whole one", {"range": b"bytes=0-9"}, {}, 0),
    ],
)
def test_what_is_remembered(rule, said, fields, asked_for):
    light = Light()
    for _ in range(3):
        one = light.asked(accept_encoding=b"br", **said)
        head, content = light.whole(one, **fields)
        assert head.status == 206 or undone(head, content) == TEXT
    remembered = light.remembered
    assert remembered.hits + remembered.misses == asked_for, rule
    assert len(remembered) == (asked_for > 0)


def test_what_the_client_has_is_not_looked_for():
    light = Light()
    tag = light.whole(light.asked(accept_encoding=b"br"))[0].values[b"etag"]
    for _ in range(3):
        one = light.asked(accept_encoding=b"br", if_none_match=tag)
        assert light.whole(one)[0].status == 304
    assert (light.remembered.hits, light.remembered.misses) == (0, 1)


def test_what_is_stored_keeps_its_own():
    light, kept = Light(), {}

    class Kept:
        get = kept.get

        def put(self, coding, content):
            kept[coding] = coding, content

    for _ in range(3):
        one = light.asked(accept_encoding=b"br")
        light.rendering.whole(one, origin(), TEXT, Kept())
    assert list(kept) == [b"br"]
    assert (light.remembered.hits, light.remembered.misses) == (0, 0)


async def test_what_takes_time_is_made_once_too():
    light = Light(levels=Levels(gzip=9, br=11, zstd=19))
    head, content = origin(), TEXT * 20
    one = light.asked(accept_encoding=b"br")
    assert light.rendering.takes_time(one, head, len(content))
    found = [await light.rendering.whole_later(one, origin(), content) for _ in "abc"]
    assert [undone(*made) == content for made in found] == [True] * 3
    assert light.remembered.hits == 1
