"""RFC 9110 §13, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.conditional import (
    is_conditional,
    is_unmodified,
    named,
    not_modified_fields,
    range_applies,
)

MONDAY = b"Mon, 16 Nov 2026 10:00:00 GMT"
TUESDAY = b"Tue, 17 Nov 2026 10:00:00 GMT"
MONDAY_850 = b"Monday, 16-Nov-26 10:00:00 GMT"
A, B, A_GZIP = b'"a"', b'"b"', b'"a-gzip"'


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ("a tag", b"if-none-match", True),
        ("a date", b"if-modified-since", True),
        ("a part", b"range", True),
        ("says nothing without a Range", b"if-range", False),
        ("the origin's", b"if-match", False),
        ("nothing of it", b"accept", False),
    ],
)
def test_is_conditional(rule, name, expected):
    assert is_conditional({b"host": b"h", name: b"x"}) is expected


@pytest.mark.parametrize(
    ("rule", "field", "current", "expected"),
    [
        ("the same", b'"a"', [A], A),
        ("another", b'"b"', [A], None),
        ("one of a list", b'"x", "a"', [A], A),
        ("weak against strong", b'W/"a"', [A], A),
        ("strong against weak", b'"a"', [b'W/"a"'], b'W/"a"'),
        ("any", b"*", [A], A),
        ("any of nothing", b"*", [], None),
        ("any is not in a list", b'*, "b"', [A], None),
        ("nothing there", b'"a"', [], None),
        ("the first of ours", b'"a", "a-gzip"', [A_GZIP, A], A_GZIP),
        ("the only one that is held", b'"a"', [A_GZIP, A], A),
        ("another representation", b'"a-br"', [A_GZIP, A], None),
        ("no quotes", b"a", [A], None),
        ("case counts", b'"A"', [A], None),
        ("empty", b"", [A], None),
    ],
)
def test_named(rule, field, current, expected):
    assert named(field, current) == expected


@pytest.mark.parametrize(
    ("rule", "since", "modified", "expected"),
    [
        ("the same", MONDAY, MONDAY, True),
        ("the same in another form", MONDAY_850, MONDAY, True),
        ("older", TUESDAY, MONDAY, True),
        ("newer", MONDAY, TUESDAY, False),
        ("not a date", b"yesterday", MONDAY, False),
        ("neither", b"yesterday", b"yesterday", False),
        ("no date of ours", MONDAY, b"today", False),
    ],
)
def test_is_unmodified(rule, since, modified, expected):
    assert is_unmodified(since, modified) is expected


THERE = {b"last-modified": MONDAY, b"date": TUESDAY}
YOUNG = {b"last-modified": MONDAY, b"date": MONDAY}


@pytest.mark.parametrize(
    ("rule", "field", "values", "etag", "expected"),
    [
        ("no condition", None, {}, None, True),
        ("the same tag", A, {}, A, True),
        ("another", B, {}, A, False),
        ("a weak one is never enough", b'W/"a"', {}, b'W/"a"', False),
        ("weak against strong", b'W/"a"', {}, A, False),
        ("no tag there", A, {}, None, False),
        ("a list is no tag", b'"a", "b"', {}, A, False),
        ("the same date", MONDAY, THERE, A, True),
        ("the same date in another form", MONDAY_850, THERE, None, True),
        ("a later one", TUESDAY, THERE, A, False),
        ("modified in the second it was sent", MONDAY, YOUNG, A, False),
        ("no date there", MONDAY, {b"last-modified": MONDAY}, A, False),
        ("rubbish", b"x", THERE, A, False),
    ],
)
def test_range_applies(rule, field, values, etag, expected):
    assert range_applies(field, values, etag) is expected


def test_not_modified_has_exactly_its_fields():
    fields = [
        (b"Content-Type", b"text/html"),
        (b"ETag", A),
        (b"Cache-Control", b"max-age=60"),
        (b"Content-Location", b"/a"),
        (b"Date", MONDAY),
        (b"Expires", TUESDAY),
        (b"Vary", b"Accept-Encoding"),
        (b"vary", b"Origin"),
        (b"Last-Modified", MONDAY),
        (b"Server", b"x"),
    ]
    names = [name for name, _ in not_modified_fields(fields)]
    assert names == [
        b"ETag",
        b"Cache-Control",
        b"Content-Location",
        b"Date",
        b"Expires",
        b"Vary",
        b"vary",
    ]


def test_not_modified_may_be_read_by_the_script_that_asked():
    """A browser looks for these in a 304, too, where a script set the condition."""
    cors = [
        (b"Access-Control-Allow-Origin", b"https://shop.example"),
        (b"access-control-allow-credentials", b"true"),
        (b"Access-Control-Expose-Headers", b"ETag"),
    ]
    fields = [*cors, (b"ETag", A), (b"Access-Control-Max-Age", b"60")]
    assert not_modified_fields(fields) == [*cors, (b"ETag", A)]


def test_not_modified_says_when_where_no_tag_does():
    fields = [(b"Last-Modified", MONDAY), (b"Server", b"x")]
    assert not_modified_fields(fields) == [(b"Last-Modified", MONDAY)]


@given(st.binary(max_size=60), st.lists(st.sampled_from([A, B, A_GZIP]), max_size=3))
def test_what_is_named_is_there(field, current):
    assert named(field, current) in {None, *current}
