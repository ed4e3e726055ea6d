import lmdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.storage.disk_index import NAMES, DiskIndex, cost

ROOM = 100_000


@pytest.fixture
def env(tmp_path):
    with lmdb.open(str(tmp_path), map_size=1 << 22, max_dbs=3, sync=False) as env:
        yield env


@pytest.fixture
def index(env):
    entries, states, order = (env.open_db(name) for name in NAMES)
    return DiskIndex(entries, states, order, ROOM)


def held(index, txn):
    return {bytes(key): bytes(value) for key, value in txn.cursor(index.entries)}


def names(count):
    return [b"%016d" % number for number in range(count)]


def test_put_replace_remove(env, index):
    with env.begin(write=True) as txn:
        index.put(txn, b"a", b"1" * 100)
        index.put(txn, b"b", b"2" * 100)
        index.put(txn, b"a", b"3" * 9000)
        assert held(index, txn) == {b"a": b"3" * 9000, b"b": b"2" * 100}
        assert index.total(txn) == cost(9000) + cost(100)
        assert index.names(txn, 10) == [b"a", b"b"]
        index.remove(txn, b"a")
        index.remove(txn, b"absent")
        assert held(index, txn) == {b"b": b"2" * 100}
        index.remove(txn, b"b")
        assert (index.total(txn), index.names(txn, 10)) == (0, [])


def test_the_oldest_goes_first(env, index):
    with env.begin(write=True) as txn:
        for name in names(50):
            index.put(txn, name, b"x" * 4000)
        kept = sorted(held(index, txn))
        assert kept == names(50)[-len(kept) :]
        assert len(kept) == ROOM // cost(4000)
        assert index.total(txn) == len(kept) * cost(4000)


def test_what_is_used_gets_a_second_chance_and_no_third(env, index):
    with env.begin(write=True) as txn:
        many = names(100)
        for name in many[:10]:
            index.put(txn, name, b"x" * 4000)
        for name in many[:3]:
            index.use(txn, name)
        index.use(txn, b"absent")
        for name in many[10:30]:
            index.put(txn, name, b"x" * 4000)
        assert set(many[:3]) <= held(index, txn).keys()
        for name in many[30:]:
            index.put(txn, name, b"x" * 4000)
        assert not set(many[:3]) & held(index, txn).keys()


def test_shrinking_ends_where_everything_was_used(env, index):
    with env.begin(write=True) as txn:
        for name in names(200):
            index.put(txn, name, b"x" * 100)
            index.use(txn, name)
        index.shrink(txn, 0)
        assert (held(index, txn), index.total(txn)) == ({}, 0)


def test_numbers_that_do_not_add_up_are_put_right(env, index):
    with env.begin(write=True) as txn:
        txn.put(b"bytes", (1 << 40).to_bytes(8, "big"))
        index.put(txn, b"a", b"x")
        assert index.total(txn) == cost(1)
        txn.put(b"bytes", b"nonsense that is long")
        index.put(txn, b"b", b"x")
        assert held(index, txn).keys() == {b"a", b"b"}


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "use", "remove"]),
        st.integers(0, 20),
        st.integers(0, 30_000),
    ),
    max_size=60,
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_holds_its_room_and_only_what_was_put(env, index, steps):
    with env.begin(write=True) as txn:
        index.shrink(txn, 0)
        model = {}
        for what, number, size in steps:
            name = b"%d" % number
            if what == "put":
                model[name] = b"%d" % size + b"x" * size
                index.put(txn, name, model[name])
            elif what == "remove":
                model.pop(name, None)
                index.remove(txn, name)
            else:
                index.use(txn, name)
            found = held(index, txn)
            assert all(model[key] == value for key, value in found.items())
            assert index.total(txn) == sum(cost(len(v)) for v in found.values()) <= ROOM
            assert set(index.names(txn, 100)) == found.keys()
            assert txn.stat(index.states)["entries"] == len(found)
