import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.storage.labels import digest
from sidecar.storage.patterns import NOT_PURGED, Purged
from sidecar.storage.purged_labels import BUCKETS, RECORDS, SIZE, PurgedLabels
from tests.harness.source import from_source
from tests.storage.interleaved import at_each_step

LAST = BUCKETS - 1
LABELS = [digest(b"%d" % n) for n in range(3 * RECORDS)]


def fresh():
    return PurgedLabels(memoryview(bytearray(SIZE)))


def test_a_bucket_tells_its_labels_apart():
    labels = fresh()
    for number, label in enumerate(LABELS[:RECORDS], 1):
        labels.add(LAST, label, number, soft=number % 2 == 0)
    for number, label in enumerate(LABELS[:RECORDS], 1):
        purged = Purged(0, number) if number % 2 == 0 else Purged(number, 0)
        assert labels.newest([(LAST, label)]) == purged
        assert labels.newest([(0, label)]) == NOT_PURGED
    assert labels.newest([(LAST, LABELS[RECORDS])]) == NOT_PURGED


def test_a_label_that_is_purged_again_needs_no_room():
    labels = fresh()
    for number in range(1, 10 * RECORDS):
        labels.add(0, LABELS[0], number, soft=False)
    assert labels.newest([(0, LABELS[0])]).hard == 10 * RECORDS - 1
    assert labels.newest([(0, LABELS[1])]) == NOT_PURGED


def test_what_there_is_no_room_for_widens_the_purge():
    labels = fresh()
    for number, label in enumerate(LABELS[: RECORDS + 1], 1):
        labels.add(7, label, number, soft=False)
    never = LABELS[-1]
    assert labels.newest([(7, never)]) == Purged(1, 0), "all that is older than it"
    assert labels.newest([(6, never), (8, never)]) == NOT_PURGED
    labels.add(7, never, RECORDS + 2, soft=True)
    assert labels.newest([(7, LABELS[1])]) == Purged(2, 0)


def test_the_oldest_goes_and_not_the_first():
    labels = fresh()
    for number, label in enumerate(LABELS[:RECORDS], 1):
        labels.add(0, label, number, soft=False)
    labels.add(0, LABELS[0], 50, soft=False)
    labels.add(0, LABELS[-1], 51, soft=False)
    assert labels.newest([(0, LABELS[-2])]) == Purged(2, 0)
    assert labels.newest([(0, LABELS[0])]) == Purged(50, 0)


def test_a_mark_that_only_looks_like_one_across_two_records_is_none():
    labels = fresh()
    kept = b"abcdefg\0", b"hijklmn\0"
    for number, mark in enumerate(kept, 1):
        labels.add(0, b"-" * 8 + mark, number, soft=False)
    across = b"-" * 8 + b"defg\0hi" + b"-"
    assert labels.newest([(0, across)]) == NOT_PURGED
    labels.add(0, across, 3, soft=False)
    for number, mark in enumerate((*kept, across[8:]), 1):
        assert labels.newest([(0, b"-" * 8 + mark)]).hard == number


@pytest.mark.parametrize("room", [0, 1])
@pytest.mark.parametrize("soft", [True, False])
@pytest.mark.parametrize("again", [True, False])
def test_what_is_purged_is_purged_all_the_while(room, soft, again):
    module = from_source("sidecar.storage.purged_labels")
    labels = module.PurgedLabels(memoryview(bytearray(SIZE)))
    for number, label in enumerate(LABELS[: RECORDS - room], 1):
        labels.add(0, label, number, soft=False)
    found = []

    def look():
        found.append(labels.newest([(0, LABELS[0])]).hard)

    def write():
        labels.add(0, LABELS[0] if again else LABELS[-1], 100, soft=soft)

    steps = at_each_step(module, write, look)
    assert len(found) == steps > 0
    assert found == sorted(found)
    assert found[0] == 1


PURGES = st.lists(st.tuples(st.sampled_from(range(len(LABELS))), st.booleans()))


@given(PURGES)
def test_nothing_that_was_purged_is_missed(purges):
    labels = fresh()
    wanted = {}
    for number, (label, soft) in enumerate(purges, 1):
        labels.add(3, LABELS[label], number, soft=soft)
        wanted[label, soft] = number
    for (label, soft), number in wanted.items():
        found = labels.newest([(3, LABELS[label])])
        assert (found.soft if soft else found.hard) >= number
    if len(wanted) <= RECORDS:
        for label, of in enumerate(LABELS):
            exact = wanted.get((label, False), 0), wanted.get((label, True), 0)
            assert labels.newest([(3, of)]) == exact
