"""Which responses get a tag, one row per rule."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.validation import LONG, Validation, digest, etag, may_confirm

RULES = Validation(max_size=10)


@pytest.mark.parametrize(
    ("rule", "response", "content", "expected"),
    [
        ("plain", {}, b"x", True),
        ("as large as allowed", {}, b"x" * 10, True),
        ("larger", {}, b"x" * 11, False),
        ("nothing", {}, b"", False),
        ("the origin's is never replaced", {b"etag": b'W/"a"'}, b"x", False),
        ("not to be stored", {b"cache-control": b"private, No-Store"}, b"x", False),
        ("private", {b"cache-control": b"private"}, b"x", True),
        ("a cookie would be lost", {b"set-cookie": b"a=b"}, b"x", False),
        ("modified sometime", {b"last-modified": b"x"}, b"x", True),
    ],
)
def test_tags(rule, response, content, expected):
    assert RULES.tags(response, len(content)) is expected


def test_none_where_none_are_made():
    assert not Validation(makes=False).tags({}, 1)


@pytest.mark.parametrize(
    ("rule", "response", "length", "expected"),
    [
        ("as large as allowed", {}, 10, True),
        ("larger", {}, 11, False),
        ("of unknown length", {}, None, False),
        ("events", {b"content-type": b"text/event-stream"}, 5, False),
    ],
)
def test_waits_for(rule, response, length, expected):
    assert RULES.waits_for(response, length) is expected


def test_may_confirm():
    assert may_confirm({b"etag": b'"a"'})
    assert not may_confirm({b"cache-control": b"no-store"})


@given(st.binary(max_size=50), st.binary(max_size=50))
def test_a_tag_is_that_of_its_content(one, other):
    assert (etag(digest(one)) == etag(digest(other))) is (one == other)
    assert re.fullmatch(rb'"[A-Za-z0-9+/]{20}"', etag(digest(one)))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"short", b'"+bAHi131ltLqGQEMABu9"'),
        (b"x" * (LONG - 1), b'"0PSc5AzguWJcuLyXLQk8"'),
        (b"x" * LONG, b'"rS6JTq6DfKA6bdfHtXom"'),
    ],
)
def test_a_tag_is_the_same_in_every_pod(content, expected):
    """Another tag for the same content makes every client fetch it anew."""
    assert etag(digest(content)) == expected


@given(st.integers(LONG - 2, LONG + 2), st.integers(0, LONG - 3))
def test_every_byte_of_a_long_content_is_in_its_tag(size, at):
    one = bytearray(size)
    tag = etag(digest(bytes(one)))
    one[at] = 1
    assert etag(digest(bytes(one))) != tag
    assert re.fullmatch(rb'"[A-Za-z0-9+/]{20}"', tag)
