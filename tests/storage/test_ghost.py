from hypothesis import given
from hypothesis import strategies as st

from sidecar.storage.ghost import Ghost


def test_remembers_the_latest():
    ghost = Ghost(1 << 16)
    keys = [b"key %d" % number for number in range(100)]
    for key in keys:
        ghost.add(key)
    found = [ghost.has(key, among=10) for key in keys]
    assert not any(found[:90])
    # Two keys may meet in a slot; not so many of so few.
    assert sum(found[90:]) >= 8


def test_knows_nobody_at_first():
    ghost = Ghost(64)
    assert not any(ghost.has(b"%d" % number, among=1000) for number in range(1000))


@given(st.lists(st.binary(max_size=8), max_size=200))
def test_never_grows_and_always_knows_the_last(keys):
    ghost = Ghost(64)
    for key in keys:
        ghost.add(key)
        assert ghost.has(key, among=1)
        assert not ghost.has(key, among=0)
