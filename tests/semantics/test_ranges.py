"""RFC 9110 §14, one row per rule; what is wasteful is ours to say (§14.2)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.ranges import (
    MOST_RANGES,
    NoParts,
    Range,
    content_range,
    multipart,
    parts,
)

WHOLE, NONE = NoParts.WHOLE, NoParts.UNSATISFIABLE


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        ("from to", b"bytes=0-4", (Range(0, 4),)),
        ("one byte", b"bytes=9-9", (Range(9, 9),)),
        ("to the end", b"bytes=5-", (Range(5, 9),)),
        ("beyond the end", b"bytes=5-99", (Range(5, 9),)),
        ("the last ones", b"bytes=-3", (Range(7, 9),)),
        ("more than there are", b"bytes=-99", (Range(0, 9),)),
        ("everything", b"bytes=0-", (Range(0, 9),)),
        ("in any case", b"Bytes=0-4", (Range(0, 4),)),
        ("two", b"bytes=0-1,8-9", (Range(0, 1), Range(8, 9))),
        ("spaces and empty members", b"bytes= 0-1 ,, 8-9 ", (Range(0, 1), Range(8, 9))),
        ("what is not there is left out", b"bytes=0-1, 10-", (Range(0, 1),)),
        ("begins behind the end", b"bytes=10-", NONE),
        ("none of the last ones", b"bytes=-0", NONE),
        ("no range at all", b"bytes=", NONE),
        ("only commas", b"bytes=,,", NONE),
        ("leading zeros", b"bytes=00-04", (Range(0, 4),)),
        ("longer than any number", b"bytes=0-" + b"9" * 5000, (Range(0, 9),)),
        ("behind any number", b"bytes=" + b"9" * 5000 + b"-", NONE),
        ("another unit", b"items=0-4", WHOLE),
        ("no unit", b"0-4", WHOLE),
        ("backwards", b"bytes=4-0", WHOLE),
        ("only a dash", b"bytes=-", WHOLE),
        ("a sign", b"bytes=+1-4", WHOLE),
        ("no dash", b"bytes=4", WHOLE),
        ("rubbish beside a range", b"bytes=0-4,x", WHOLE),
        ("overlapping twice the whole", b"bytes=0-,0-", WHOLE),
        ("overlapping a little", b"bytes=0-2,2-4", (Range(0, 2), Range(2, 4))),
        ("backwards once", b"bytes=8-9,0-1", (Range(8, 9), Range(0, 1))),
        ("backwards again and again", b"bytes=9-9,7-7,5-5,3-3", WHOLE),
        ("as many as allowed", b"bytes=" + b"0-0,9-9," * 3 + b"0-0", WHOLE),
        ("a bomb", b"bytes=" + b"0-," * 1300, WHOLE),
    ],
)
def test_parts(rule, field, expected):
    assert parts(field, 10) == expected


def test_many_small_ones_are_served():
    field = b"bytes=" + b",".join(b"%d-%d" % (n * 10, n * 10) for n in range(8))
    found = parts(field, 100)
    assert isinstance(found, tuple)
    assert len(found) == MOST_RANGES


def test_nothing_has_no_ranges():
    assert parts(b"bytes=0-", 0) is NONE
    assert parts(b"bytes=-1", 0) is NONE


@given(
    st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
            lambda p: b"%d-%d" % (min(p), max(p))
        ),
        min_size=1,
        max_size=10,
    ),
    st.integers(0, 30),
)
def test_what_is_served_is_there_and_no_more_than_the_whole(specs, length):
    found = parts(b"bytes=" + b",".join(specs), length)
    if not isinstance(found, NoParts):
        assert all(0 <= one.first <= one.last < length for one in found)
        assert sum(one.length for one in found) <= length


@given(st.binary(max_size=60), st.integers(0, 30))
def test_any_field_has_an_answer(field, length):
    found = parts(field, length)
    assert isinstance(found, NoParts | tuple)


def test_content_range():
    assert content_range(Range(2, 4), 10) == (b"Content-Range", b"bytes 2-4/10")
    assert content_range(None, 10) == (b"Content-Range", b"bytes */10")


def test_multipart():
    found = multipart(b"0123456789", (Range(0, 1), Range(8, 9)), b"cut", b"text/plain")
    assert found == (
        b"--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n"
        b"--cut\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n"
        b"--cut--\r\n"
    )


def test_multipart_of_what_has_no_type():
    assert b"Content-Type" not in multipart(b"01", (Range(0, 1),), b"cut", None)
