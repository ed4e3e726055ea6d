"""RFC 9110 §12.5.1, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.negotiation import MOST_RANGES, prefers

JSON, TEXT = b"application/problem+json", b"text/plain"
OPEN, PROM = (
    b"application/openmetrics-text; version=1.0.0",
    b"text/plain; version=0.0.4",
)
PROMETHEUS = b"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"


@pytest.mark.parametrize(
    ("rule", "accept", "offer"),
    [
        ("no field: the first", None, JSON),
        ("an empty one says nothing", b"", JSON),
        ("anything: the first", b"*/*", JSON),
        ("the one that is named", b"text/plain", TEXT),
        ("in any case", b"Text/PLAIN", TEXT),
        ("a kind", b"text/*", TEXT),
        ("the heavier", b"application/problem+json;q=0.5, text/plain;q=0.501", TEXT),
        ("the first of equals", b"text/plain, application/problem+json", JSON),
        (
            "precise beats heavy: it is that type's weight",
            b"*/*, application/problem+json;q=0.1",
            TEXT,
        ),
        ("a weight of 0 refuses", b"*/*, application/problem+json;q=0", TEXT),
        ("nothing will do", b"text/html", None),
        ("all refused", b"*/*;q=0.000", None),
        ("another subtype", b"application/json", None),
        ("an empty parameter", b"text/plain;;q=0.5", TEXT),
        ("whitespace", b"\ttext/plain ; q=1.000 ,", TEXT),
        ("parameters that are not ours", b"text/plain;charset=latin-1", None),
        (
            "rubbish is passed over",
            b";;, /, q=1, */plain, text/, text/plain;q=0.5",
            TEXT,
        ),
        ("no weight at all", b"text/plain;q=, */*;q=0.1", JSON),
        ("no such weight", b"text/plain;q=2, */*;q=0.1", JSON),
        ("nor one above 1", b"text/plain;q=1.001, */*;q=0.1", JSON),
        ("four digits", b"text/plain;q=0.1234, */*;q=0.1", JSON),
        ("no digits", b"text/plain;q=0.a, */*;q=0.1", JSON),
        ("q belongs to what is before it", b"text/plain;q=0.5;ext=1", TEXT),
    ],
)
def test_prefers(rule, accept, offer):
    assert prefers(accept, [JSON, TEXT]) == offer


@pytest.mark.parametrize(
    ("rule", "accept", "offer"),
    [
        ("as Prometheus asks", PROMETHEUS, OPEN),
        (
            "a version that we do not have",
            b"application/openmetrics-text;version=2.0.0",
            None,
        ),
        ("any version", b"application/openmetrics-text", OPEN),
        ("quoted", b'application/openmetrics-text; version="1.0.0"', OPEN),
        (
            "more parameters are more precise",
            b"text/*;q=0.9, text/plain;q=0.1, text/plain;version=0.0.4;q=0.5, */*;q=0.4",
            PROM,
        ),
    ],
)
def test_parameters(rule, accept, offer):
    assert prefers(accept, [OPEN, PROM]) == offer


def test_only_the_first_ranges_are_read():
    many = b"a/b," * (MOST_RANGES - 1)
    assert prefers(many + b"text/plain", [JSON, TEXT]) == TEXT
    assert prefers(b"a/b," + many + b"text/plain", [JSON, TEXT]) is None


def test_an_offer_that_is_no_media_type_is_never_preferred():
    assert prefers(b"*/*", [b"text", TEXT]) == TEXT


@given(st.binary(max_size=200))
def test_any_field_has_an_answer(accept):
    assert prefers(accept, [JSON, TEXT]) in {JSON, TEXT, None}
