"""Which types a list means, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.media_types import MediaTypes, charset, essence

WANTED = MediaTypes(
    ["text/*", "application/json", "application/*+json", "image/svg+xml"]
)


@pytest.mark.parametrize(
    ("rule", "content_type", "expected"),
    [
        ("named", b"application/json", True),
        ("with parameters", b"application/json; charset=utf-8", True),
        ("in any case", b"Application/JSON", True),
        ("spaces", b" application/json ;x", True),
        ("by a kind", b"text/css", True),
        ("by an ending", b"application/problem+json", True),
        ("an ending alone", b"application/+json", False),
        ("a kind alone", b"text/", False),
        ("another", b"image/png", False),
        ("begins alike", b"application/jsonlines", False),
        ("a stream of events is not meant by its kind", b"text/event-stream", False),
        ("nor with parameters", b"text/event-stream;charset=utf-8", False),
        ("none", b"", False),
        ("not a type", b"text", False),
    ],
)
def test_contains(rule, content_type, expected):
    assert (content_type in WANTED) is expected
    assert (content_type in WANTED) is expected  # remembered


def test_streams_are_meant_where_they_are_named():
    assert b"text/event-stream" in MediaTypes(["text/event-stream"])
    assert b"application/grpc" not in MediaTypes(["*/*"])
    assert b"multipart/x-mixed-replace" not in MediaTypes(["multipart/*"])


def test_everything():
    assert b"image/png" in MediaTypes(["*/*"])


def test_nothing():
    assert b"image/png" not in MediaTypes([])
    assert b"a/bcd" not in MediaTypes(["*/*x*"])


def test_essence():
    assert essence(b"Text/HTML ; charset=x") == b"text/html"


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_any_type_has_an_answer(types):
    wanted = MediaTypes(["text/*"])
    for one in types * 2:
        assert (one in wanted) is (
            essence(one).startswith(b"text/")
            and len(essence(one)) > 5
            and essence(one) != b"text/event-stream"
            and not essence(one).startswith(b"text/event-stream")
        )


def test_what_is_remembered_is_bounded():
    wanted = MediaTypes(["text/*"])
    for number in range(1000):
        assert b"text/%d" % number in wanted
    assert len(wanted._known) < 300


@pytest.mark.parametrize(
    ("rule", "content_type", "expected"),
    [
        ("none", b"application/json", b""),
        ("said", b"application/json; charset=utf-8", b"utf-8"),
        ("in any case", b"application/json;Charset=UTF-8", b"utf-8"),
        ("in quotes", b'application/json; charset="utf-8" ', b"utf-8"),
        ("behind another", b"application/json; a=b ;charset=x", b"x"),
        ("another's name", b"application/json; my-charset=x", b""),
        ("the first of two", b"text/plain; charset=a; charset=b", b"a"),
        ("no value", b"text/plain; charset", b""),
    ],
)
def test_charset(rule, content_type, expected):
    assert charset(content_type) == expected
