"""What is kept; the replay of a shop's trace is in benchmarks/stores.py."""

from collections.abc import Iterable
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.storage.s3fifo import CHANCES, MOST_USES, S3Fifo
from tests.harness.traces import web12


def asked(kept: S3Fifo[int], keys: Iterable[bytes]) -> int:
    """Ask for each key, store what is missing; the number of hits."""
    hits = 0
    for key in keys:
        if kept.lookup(key) is None:
            kept.store(key, 1, 1)
        else:
            hits += 1
    return hits


def names(prefix: bytes, count: int) -> list[bytes]:
    return [prefix + b"%d" % number for number in range(count)]


def test_what_fits_stays():
    kept = S3Fifo[int](100)
    asked(kept, names(b"k", 100))
    assert asked(kept, names(b"k", 100)) == 100
    assert (kept.currsize, kept.evictions) == (100, 0)


def test_a_scan_leaves_what_is_used():
    kept = S3Fifo[int](10_000, ghosts=1 << 14)
    hot = names(b"hot", 8_000)
    for _ in range(3):
        asked(kept, hot)
    asked(kept, names(b"cold", 100_000))
    assert asked(kept, hot) >= 0.98 * len(hot)


def test_what_comes_back_goes_where_scans_do_not_reach():
    kept = S3Fifo[int](100, ghosts=1 << 12)
    asked(kept, names(b"main", 100))
    asked(kept, names(b"main", 100))
    asked(kept, names(b"a", 100))  # the first are evicted, and remembered
    asked(kept, names(b"a", 20))
    asked(kept, names(b"b", 1000))
    assert asked(kept, names(b"a", 20)) >= 15


def test_a_popular_key_outlives_the_unpopular():
    kept = S3Fifo[int](50)
    for number in range(1000):
        asked(kept, [b"popular", b"once %d" % number])
    assert kept.lookup(b"popular") == 1


def test_replacing_keeps_the_place_and_counts_the_new_size():
    kept = S3Fifo[str](100)
    kept.store(b"k", "old", 30)
    kept.store(b"other", "x", 10)
    assert kept.store(b"k", "new", 50)
    assert kept.lookup(b"k") == "new"
    assert (kept.currsize, len(kept)) == (60, 2)


def test_growing_in_place():
    kept = S3Fifo[str](100)
    kept.store(b"k", "value", 30)
    kept.store(b"other", "x", 60)
    kept.resize(b"k", 35)
    assert (kept.currsize, len(kept)) == (95, 2)
    kept.resize(b"k", 60)
    assert kept.currsize <= 100
    assert len(kept) == 1
    kept.resize(b"absent", 10)
    for key in list(kept):
        kept.resize(key, 101)
    assert (kept.currsize, len(kept), kept._small_size) == (0, 0, 0)


def test_too_large_is_not_stored_and_the_old_goes():
    kept = S3Fifo[str](100)
    kept.store(b"k", "old", 30)
    assert not kept.store(b"k", "new", 101)
    assert (kept.lookup(b"k"), kept.currsize) == (None, 0)


def test_removing():
    kept = S3Fifo[int](100)
    kept.store(b"k", 1, 10)
    assert kept.pop(b"k", None) is not None
    assert kept.pop(b"k", None) is None
    with pytest.raises(KeyError):
        del kept[b"k"]
    assert (kept.currsize, list(kept)) == (0, [])


def test_an_eviction_is_short_even_where_everything_was_used():
    kept = S3Fifo[int](10_000)
    keys = names(b"k", 10_000)
    for _ in range(MOST_USES + 1):
        asked(kept, keys)
    kept.store(b"one more", 1, 1)
    assert kept.evictions == 1
    # Those that got a second chance moved to main; nobody else was looked at.
    assert sum(kept[key].main for key in keys if key in kept) <= CHANCES


def test_comings_and_goings_without_eviction_leave_nothing_behind():
    kept = S3Fifo[int](1000)
    for number in range(20_000):
        kept.store(b"k%d" % (number % 7), 1, 1)
    assert len(kept) == 7
    assert len(kept._small) + len(kept._main) < 3000
    kept.clear()
    assert (kept.currsize, len(kept), len(kept._small)) == (0, 0, 0)


def test_within_counts_its_ghosts():
    assert S3Fifo.within(64 << 20).maxsize == (64 << 20) - (8 << 16)
    assert S3Fifo.within(0).maxsize == 0
    assert not S3Fifo[int].within(0).store(b"k", 1, 1)


KEYS = st.integers(0, 30).map(lambda number: b"%d" % number)
STORES = st.tuples(st.just("store"), KEYS, st.integers(1, 40))
SIZES = st.tuples(st.just("resize"), KEYS, st.integers(1, 40))
OTHERS = st.tuples(st.sampled_from(["lookup", "remove"]), KEYS, st.just(0))


@given(st.lists(STORES | SIZES | OTHERS, max_size=300))
def test_holds_its_bound_and_only_what_was_stored(steps):
    kept, model, number = S3Fifo[int](100, ghosts=64), {}, 0
    for what, key, size in steps:
        if what == "store":
            number += 1
            model[key] = (number, size)
            assert kept.store(key, number, size)
        elif what == "resize":
            kept.resize(key, size)
            if key in model:
                model[key] = (model[key][0], size)
        elif what == "remove":
            model.pop(key, None)
            kept.pop(key, None)
        else:
            assert kept.lookup(key) in {None, model.get(key, (None,))[0]}
        held = {key: kept[key].value for key in kept}
        assert all(model[key][0] == value for key, value in held.items())
        assert kept.currsize == sum(model[key][1] for key in held) <= 100
        queued = [one for one in chain(kept._small, kept._main) if one.value]
        assert {one.key for one in queued} == held.keys()
        assert kept._small_size == sum(one.size for one in queued if not one.main)


@pytest.mark.parametrize(
    ("room", "least_recently_used"), [(0.01, 0.40), (0.05, 0.60), (0.20, 0.76)]
)
def test_a_shops_requests_hit_more_often_than_with_the_usual_rule(
    room, least_recently_used
):
    trace = web12()
    kept = S3Fifo[int](int(room * len(set(trace))), ghosts=1 << 14)
    ratio = asked(kept, trace) / len(trace)
    assert ratio > least_recently_used + 0.01
