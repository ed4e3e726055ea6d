"""RFC 9110 §8.8.3, one row per rule; tags of codings are ours."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.entity_tags import (
    MOST_TAGS,
    coded,
    is_strong,
    is_tag,
    opaque,
    tags,
    uncoded,
    weakened,
)

CODINGS = (b"zstd", b"br", b"gzip")
OPAQUE = st.binary(max_size=8).map(lambda b: bytes(0x23 + c % 0x5A for c in b))


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("strong", b'"abc"', True),
        ("weak", b'W/"abc"', True),
        ("empty", b'""', True),
        ("obs-text", b'"\xff"', True),
        ("no quotes", b"abc", False),
        ("a small w", b'w/"abc"', False),
        ("a space inside", b'"a b"', False),
        ("a quote inside", b'"a"b"', False),
        ("a control character", b'"\x1f"', False),
        ("any", b"*", False),
        ("a list", b'"a", "b"', False),
    ],
)
def test_is_tag(rule, value, expected):
    assert is_tag(value) is expected


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("one", b'"a"', [b'"a"']),
        ("several", b'"a", W/"b"\t,"c"', [b'"a"', b'W/"b"', b'"c"']),
        ("a comma inside", b'"a,b", "c"', [b'"a,b"', b'"c"']),
        ("empty members", b',, "a" ,, "b" ,', [b'"a"', b'"b"']),
        ("none", b"", []),
        ("any is no tag", b"*", []),
        ("up to what cannot be read", b'"a", b, "c"', [b'"a"']),
        ("an open quote", b'"a", "b', [b'"a"']),
        ("no comma", b'"a" "b"', []),
        ("a backslash escapes nothing", rb'"a\", "b"', [rb'"a\"', b'"b"']),
    ],
)
def test_tags(rule, value, expected):
    assert tags(value) == expected


def test_only_the_first_tags_are_read():
    assert len(tags(b'"a",' * (MOST_TAGS + 50))) == MOST_TAGS


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("one", b'"abc-gzip"', b'"abc"'),
        ("every one", b'"a-gzip", "b-br","c-zstd"', b'"a", "b","c"'),
        ("one of several", b'"a", "b-gzip"', b'"a", "b"'),
        ("once only", b'"a-gzip-gzip"', b'"a-gzip"'),
        ("nothing but the coding", b'"-gzip"', b'""'),
        ("weak", b'W/"a-gzip"', b'W/"a-gzip"'),
        ("weak beside strong", b'W/"a-br", "a-br"', b'W/"a-br", "a"'),
        ("another coding", b'"a-deflate"', b'"a-deflate"'),
        ("inside", b'"a-gzip-b"', b'"a-gzip-b"'),
        ("in front of the next", b'"a", -gzip"', b'"a", -gzip"'),
        ("any", b"*", b"*"),
        ("not a tag", b"abc-gzip", b"abc-gzip"),
    ],
)
def test_uncoded(rule, value, expected):
    assert uncoded(value, CODINGS) == expected


def test_only_those_codings_are_turned_back():
    assert uncoded(b'"a-gzip", "b-br"', [b"br"]) == b'"a-gzip", "b"'
    assert uncoded(b'"a-gzip"', []) == b'"a-gzip"'


@given(
    st.lists(OPAQUE.map(lambda o: b'"%b"' % o), max_size=6), st.sampled_from(CODINGS)
)
def test_what_is_coded_is_turned_back(found, coding):
    plain = b", ".join(found)
    if b"-" not in plain:
        assert uncoded(b", ".join(coded(t, coding) for t in found), CODINGS) == plain


def test_a_weak_tag_names_every_coding():
    assert coded(b'"a"', b"br") == b'"a-br"'
    assert coded(b'W/"a"', b"br") == b'W/"a"'
    assert weakened(b'"a"') == weakened(b'W/"a"') == b'W/"a"'
    assert opaque(b'W/"a"') == opaque(b'"a"') == b'"a"'
    assert is_strong(b'"a"')
    assert not is_strong(b'W/"a"')


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        ("no end, so what is cut off may tell it apart", b'"abc'),
        ("one quote is both ends", b'"'),
        ("no quotes", b"abc"),
        ("a small w", b'w/"abc"'),
        ("nothing", b""),
    ],
)
def test_what_is_no_tag_is_no_other_tag_when_coded(rule, value):
    assert coded(value, b"gzip") == value


@given(st.binary(max_size=200))
def test_any_value_is_read(value):
    assert all(is_tag(tag) for tag in tags(value))
    uncoded(value, CODINGS)
