"""What is poured or received into a vessel comes out of it as it was."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from sidecar.upstream.vessel import Vessel


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=9))), st.integers(0, 3))
def test_it_holds_what_came(pieces, missing):
    whole = b"".join(piece for _, piece in pieces)
    vessel = Vessel(len(whole) + missing)
    for is_received, piece in pieces:
        if is_received:
            vessel.rest[: len(piece)] = piece
            vessel.received(len(piece))
        else:
            vessel.pour(piece)
    assert len(vessel.rest) == missing
    assert vessel.received(0) == missing
    assert vessel.empty() == whole


def test_it_begins_with_what_is_here():
    vessel = Vessel(5, [b"a", b"bc"])
    assert len(vessel.rest) == 2
    assert vessel.empty() == b"abc"


def test_what_fills_it_is_not_copied():
    size = 1 << 20
    tracemalloc.start()
    try:
        vessel = Vessel(size, [b"x"])
        vessel.received(size - 1)
        content = vessel.empty()
        assert tracemalloc.get_traced_memory()[1] < 1.5 * size
    finally:
        tracemalloc.stop()
    assert content == b"x".ljust(size, b"\0")


def test_it_is_emptied_also_while_somebody_holds_where_the_next_bytes_belong():
    vessel = Vessel(3, [b"abc"])
    rest = vessel.rest
    assert vessel.empty() == b"abc"
    assert not rest
