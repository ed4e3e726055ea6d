"""What several workers counted, as one; and what stays of those that are gone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.families import BY_NAME, CONNECTED, LAG, OWN_SHARE, SENT
from sidecar.telemetry.family import Kind
from sidecar.telemetry.host_families import WORKER_CONNECTIONS
from sidecar.telemetry.totals import Totals, merged

BUCKETS = len(OWN_SHARE.bounds) + 1


def snapshot(count, *, route="a", connections=0, lag=0.0):
    return {
        SENT.name: {(route,): count},
        OWN_SHARE.name: {(route,): [count / 2, count, *([0] * (BUCKETS - 1))]},
        CONNECTED.name: {(): connections},
        WORKER_CONNECTIONS.name: {(): connections},
        LAG.name: {(): lag},
    }


def test_each_family_in_its_own_way():
    whole = merged(
        [
            ("1", snapshot(3, connections=5, lag=0.2)),
            ("2", snapshot(4, connections=6, lag=0.1)),
        ]
    )
    assert whole == {
        SENT.name: {("a",): 7},
        OWN_SHARE.name: {("a",): [3.5, 7, *([0] * (BUCKETS - 1))]},
        CONNECTED.name: {(): 11},
        WORKER_CONNECTIONS.name: {("1",): 5, ("2",): 6},
        LAG.name: {(): 0.2},
    }


def test_merging_leaves_the_parts_alone():
    one, other = snapshot(3), snapshot(4)
    merged([("1", one), ("2", other), ("3", one)])
    assert one == snapshot(3)
    assert other == snapshot(4)


def test_a_worker_that_ends_leaves_its_counters_only():
    totals = Totals()
    totals.join("one", "1")
    totals.update("one", snapshot(3, connections=5, lag=0.2))
    totals.retire("one")
    totals.join("two", "1")
    totals.update("two", snapshot(4, connections=1))
    whole = totals.merged()
    assert whole[SENT.name] == {("a",): 7}
    assert whole[OWN_SHARE.name] == {("a",): [3.5, 7, *([0] * (BUCKETS - 1))]}
    assert whole[CONNECTED.name] == {(): 1}
    assert whole[WORKER_CONNECTIONS.name] == {("1",): 1}
    assert whole[LAG.name] == {(): 0.0}


def test_what_comes_after_the_end_is_ignored():
    totals = Totals()
    totals.join("one", "1")
    totals.update("one", snapshot(3))
    totals.retire("one")
    totals.retire("one")
    totals.update("one", snapshot(5))
    assert totals.merged()[SENT.name] == {("a",): 3}


def test_a_successor_goes_on_from_what_was_kept(tmp_path):
    file = tmp_path / "totals"
    first = Totals(file)
    first.join("one", "1")
    first.update("one", snapshot(3, connections=5))
    first.retire("one")
    assert [path.name for path in tmp_path.iterdir()] == ["totals"]
    second = Totals(file)
    second.join("two", "1")
    second.update("two", snapshot(4))
    assert second.merged()[SENT.name] == {("a",): 7}
    assert second.merged()[CONNECTED.name] == {(): 0}


@pytest.mark.parametrize("content", [b"", b"nonsense\n", b'[["x",[],1]]\n'])
def test_a_file_that_says_nothing_is_none(content, tmp_path):
    file = tmp_path / "totals"
    file.write_bytes(content)
    assert Totals(file).merged() == {}


def test_a_file_that_cannot_be_written_is_done_without(tmp_path):
    totals = Totals(tmp_path / "missing" / "totals")
    totals.join("one", "1")
    totals.update("one", snapshot(3))
    totals.retire("one")
    assert totals.merged()[SENT.name] == {("a",): 3}


def test_what_is_kept_is_bounded_and_living_series_go_first():
    totals = Totals(retired=20)
    totals.join("living", "1")
    totals.update("living", snapshot(1, route="stays"))
    totals.join("first", "2")
    totals.update("first", snapshot(1, route="stays"))
    totals.retire("first")
    for number in range(100):
        name = f"worker {number}"
        totals.join(name, "2")
        totals.update(name, snapshot(1, route=f"route {number}"))
        totals.retire(name)
        assert totals.merged()[SENT.name]["stays",] == 2
        assert len(totals.merged()[SENT.name]) <= 12


EVENTS = st.tuples(st.integers(0, 3), st.booleans(), st.integers(1, 5))


@given(st.lists(EVENTS, max_size=40))
def test_counters_never_fall_and_nothing_is_counted_twice(events):
    totals = Totals()
    generations = [0] * 4
    counts = [0] * 4
    expected = before = 0
    for slot in range(4):
        totals.join(f"{slot}.0", str(slot))
    for slot, dies, more in events:
        if dies:
            totals.retire(f"{slot}.{generations[slot]}")
            generations[slot] += 1
            counts[slot] = 0
            totals.join(f"{slot}.{generations[slot]}", str(slot))
        else:
            counts[slot] += more
            expected += more
            totals.update(f"{slot}.{generations[slot]}", snapshot(counts[slot]))
        whole = totals.merged()
        now = whole.get(SENT.name, {}).get(("a",), 0)
        assert now == expected >= before
        assert all(BY_NAME[name].kind in Kind for name in whole)
        before = expected
