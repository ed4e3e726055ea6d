from dataclasses import replace
from mmap import mmap

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.storage.epochs import AT_FIRST, PLACES, SIZE, Epochs, when
from sidecar.storage.labels import cut
from sidecar.storage.patterns import LONGEST, NOT_PURGED
from sidecar.storage.patterns import PLACES as PATTERNS
from sidecar.storage.store import Purge
from sidecar.units import Timestamp
from tests.storage.entries import WALL, stored

ENTRY = stored(b"http://a/x/y", tags=(b"news",))
EPOCHS = Epochs.of_one_process(WALL)


def newest(epochs, since, entry=ENTRY):
    return epochs.newest(entry, epochs.places(entry), since)


@pytest.mark.parametrize(
    ("rule", "purge", "meant"),
    [
        ("by URL", Purge(urls=(b"http://a/x/y",)), True),
        ("by target", Purge(urls=(b"/x/y",)), True),
        ("another URL", Purge(urls=(b"http://a/x",)), False),
        ("by tag", Purge(tags=(b"news",)), True),
        ("another tag", Purge(tags=(b"new",)), False),
        ("by pattern", Purge(patterns=(b"/x/*",)), True),
        ("by another pattern", Purge(patterns=(b"/x",)), False),
        ("by pattern of another origin", Purge((), (), (b"/**",), b"http://b"), False),
        ("a pattern too long widens", Purge(patterns=(b"/" * LONGEST,)), True),
        ("everything", Purge(everything=True), True),
        ("one of many", Purge(urls=(b"/1",), tags=(b"2", b"news")), True),
        ("nothing", Purge(), False),
    ],
)
@pytest.mark.parametrize("soft", [True, False])
def test_what_a_purge_is_meant_for(rule, purge, meant, soft):
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    assert newest(epochs, since) == NOT_PURGED
    command = cut(replace(purge, soft=soft))
    number = epochs.purge(command, WALL)
    assert number == epochs.sequence > since
    found = newest(epochs, since)
    assert found == ((0, number) if soft else (number, 0)) if meant else NOT_PURGED, (
        rule
    )
    assert newest(epochs, number) == NOT_PURGED, "what was fetched after it stays"


def test_numbers_are_times_that_never_go_back():
    epochs = Epochs.of_one_process(WALL)
    first = epochs.purge(cut(Purge()), Timestamp(WALL + 10))
    assert when(first) == pytest.approx(WALL + 10)
    assert epochs.purge(cut(Purge()), WALL) == first + 1


def test_what_was_stored_before_new_memory_is_purged():
    old = EPOCHS.sequence
    epochs = Epochs.of_one_process(Timestamp(WALL + 1))
    assert newest(epochs, old).hard > old


def test_the_same_purge_of_the_remote_tier_is_carried_out_once():
    epochs = Epochs.of_one_process(WALL)
    tag, everything = cut(Purge(tags=(b"news",))), cut(Purge(everything=True))
    epochs.follow([(70, tag), (71, everything)], WALL)
    sequence = epochs.sequence
    assert newest(epochs, sequence - 1) == (sequence, 0)
    epochs.follow([(70, tag), (71, everything)], WALL)
    assert (epochs.sequence, epochs.followed) == (sequence, 71)
    epochs.follow([(71, everything), (72, tag)], WALL)
    assert (epochs.sequence, epochs.followed) == (sequence + 1, 72)
    epochs.follow([], WALL)
    epochs.purge(tag, WALL)
    assert epochs.followed == 72


def test_of_very_many_at_first_everything_is_made():
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    many = [
        (number, cut(Purge(tags=(b"%d" % number,))))
        for number in range(1, 2 * AT_FIRST + 2)
    ]
    epochs.follow(many[: AT_FIRST + 1], WALL)
    assert newest(epochs, since).hard == epochs.sequence == since + 1
    since = epochs.sequence
    epochs.follow(many, WALL)
    assert newest(epochs, since) == NOT_PURGED, "later each is meant for its own"
    assert (epochs.sequence, epochs.followed) == (since + AT_FIRST, many[-1][0])


def test_a_purge_of_ours_that_comes_back_changes_nothing():
    epochs = Epochs.of_one_process(WALL)
    tag = cut(Purge(tags=(b"news",)))
    for number in range(100, 200):
        debt = epochs.owe(WALL)
        epochs.purge(tag, WALL)
        epochs.pay(debt, number)
        sequence = epochs.sequence
        epochs.follow([(number, tag)], WALL)
        assert (epochs.sequence, epochs.followed) == (sequence, number)


def test_what_others_have_still_to_be_told():
    memory = mmap(-1, SIZE)
    one, other = Epochs(memory), Epochs(memory)
    assert not one.owes(WALL)
    first, second = one.owe(WALL), other.owe(WALL)
    assert first != second
    assert one.owes(WALL)
    one.pay(first, 7)
    assert one.owes(WALL)
    other.pay(second, 8)
    assert not one.owes(WALL)
    one.owe(WALL)  # and dies
    assert other.owes(WALL)
    assert not other.owes(Timestamp(WALL + 11))


def test_a_pattern_that_is_overwritten_purges_everything_older():
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    for number in range(PATTERNS + 1):
        epochs.purge(cut(Purge(patterns=(b"/%d" % number,))), WALL)
    assert newest(epochs, since).hard == since + 1
    assert newest(epochs, since + 1) == NOT_PURGED


def test_a_pattern_that_is_overwritten_while_somebody_looks():
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    epochs.purge(cut(Purge(patterns=(b"/x/*",))), WALL)

    def others():
        """Another process purges between two looks of ours."""
        for number in range(PATTERNS):
            epochs.purge(cut(Purge(patterns=(b"/%d/*" % number,))), WALL)
        yield from epochs.places(ENTRY)

    assert epochs.newest(ENTRY, others(), since).hard > since


def test_two_processes_see_the_same():
    memory = mmap(-1, SIZE)
    one, other = Epochs(memory), Epochs(memory)
    one.begin(WALL)
    since = other.sequence
    one.purge(cut(Purge(tags=(b"news",))), WALL)
    assert newest(other, since).hard == other.sequence == one.sequence


def test_labels_are_spread_over_the_places():
    places = [
        place
        for n in range(2000)
        for place in EPOCHS.places(stored(b"http://a/%d" % n))
    ]
    assert all(0 <= place < PLACES for place in places)
    assert len(set(places)) > 0.98 * len(places)


def test_another_label_of_the_same_place_is_not_purged():
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    first: dict[int, bytes] = {}
    pairs = []
    for n in range(6000):
        url = b"http://a/%d" % n
        place = epochs.places(stored(url))[0]
        pairs += [(first[place], url)] if place in first else []
        first[place] = url
    assert len(pairs) > 10
    for purged, other in pairs:
        epochs.purge(cut(Purge(urls=(purged,))), WALL)
        assert newest(epochs, since, stored(purged)).hard == epochs.sequence
        assert newest(epochs, since, stored(other)) == NOT_PURGED


@pytest.mark.parametrize("soft", [True, False])
def test_many_purges_of_others_leave_an_entry(soft):
    epochs = Epochs.of_one_process(WALL)
    since = epochs.sequence
    for n in range(0, 20_000, 500):
        urls = tuple(b"http://b/%d" % m for m in range(n, n + 500))
        epochs.purge(cut(Purge(urls=urls, soft=soft)), WALL)
    assert newest(epochs, since) == NOT_PURGED
    for n in range(20_000):
        found = newest(epochs, since, stored(b"http://b/%d" % n))
        assert (found.soft if soft else found.hard) > since


URLS = [b"http://a/x", b"http://a/x/y", b"http://b/x"]
TAGS = [b"one", b"two"]
PURGES = st.builds(
    Purge,
    urls=st.lists(st.sampled_from([*URLS, b"/x"]), max_size=2).map(tuple),
    tags=st.lists(st.sampled_from(TAGS), max_size=1).map(tuple),
    patterns=st.lists(st.sampled_from([b"/**", b"/x", b"/x/*"]), max_size=1).map(tuple),
    origin=st.sampled_from([b"", b"http://a"]),
    everything=st.booleans(),
    soft=st.booleans(),
)


def is_meant(purge, url, tags):
    """Slowly, from the words of `Purge`."""
    origin, path = url[:8], url[8:]
    ours = purge.origin in {b"", origin}
    fits = {b"/**": True, b"/x": path == b"/x", b"/x/*": path == b"/x/y"}
    return (
        purge.everything
        or url in purge.urls
        or path in purge.urls
        or any(tag in tags for tag in purge.tags)
        or (ours and any(fits[pattern] for pattern in purge.patterns))
    )


@settings(max_examples=60)
@given(
    st.lists(PURGES, max_size=6), st.sampled_from(URLS), st.sets(st.sampled_from(TAGS))
)
def test_agrees_with_a_list_of_purges(purges, url, tags):
    epochs = Epochs.of_one_process(WALL)
    entry = stored(url, tags=tuple(tags))
    marks = [epochs.sequence]
    marks.extend(epochs.purge(cut(purge), WALL) for purge in purges)
    for number, since in enumerate(marks):
        found = newest(epochs, since, entry)
        for soft, got in ((False, found.hard), (True, found.soft)):
            wanted = [
                mark
                for mark, purge in zip(marks[1:], purges, strict=True)
                if mark > since and purge.soft == soft and is_meant(purge, url, tags)
            ]
            assert got == max(wanted, default=0), number
