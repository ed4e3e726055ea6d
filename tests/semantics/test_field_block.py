import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.field_block import joined, pack, unpack

_names = st.from_regex(rb"[A-Za-z-]{1,8}", fullmatch=True)
_values = st.binary(max_size=12).map(
    lambda v: v.replace(b"\r", b"").replace(b"\n", b"")
)


@given(st.lists(st.tuples(_names, _values), max_size=6))
def test_what_is_packed_is_unpacked(fields):
    assert unpack(pack(fields)) == fields


def test_pack():
    assert pack([(b"A", b"1"), (b"B", b"")]) == b"A: 1\r\nB: \r\n"
    assert pack([]) == b""
    assert unpack(b"") == []


@pytest.mark.parametrize(
    ("fields", "values"),
    [
        ([], {}),
        ([(b"A", b"1"), (b"b", b"2")], {b"a": b"1", b"b": b"2"}),
        ([(b"A", b"1"), (b"a", b"2"), (b"A", b"3")], {b"a": b"1, 2, 3"}),
    ],
)
def test_joined(fields, values):
    assert joined(fields) == values
