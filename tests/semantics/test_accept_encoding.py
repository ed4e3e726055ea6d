"""RFC 9110 §12.5.3, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.accept_encoding import accepted, preferred

OFFERS = (b"zstd", b"br", b"gzip")


@pytest.mark.parametrize(
    ("rule", "field", "expected"),
    [
        ("no field", None, b"identity"),
        ("an empty one", b"", b"identity"),
        ("the only one", b"gzip", b"gzip"),
        ("as browsers ask: ours decides", b"gzip, deflate, br, zstd", b"zstd"),
        ("the heavier", b"zstd;q=0.5, gzip;q=0.8", b"gzip"),
        ("ours of equals", b"gzip;q=0.8, br;q=0.8", b"br"),
        ("any", b"*", b"zstd"),
        ("any but one", b"zstd;q=0, *", b"br"),
        ("any, one less", b"zstd;q=0.1, *;q=0.5", b"br"),
        ("in any case", b"GZIP;Q=1", b"gzip"),
        ("an old name", b"x-gzip", b"gzip"),
        ("refused", b"gzip;q=0", b"identity"),
        ("refused with zeros", b"gzip;q=0.000", b"identity"),
        ("none of ours", b"deflate, compress", b"identity"),
        ("identity rather", b"identity, gzip;q=0.5", b"identity"),
        ("identity as well", b"identity, gzip", b"gzip"),
        ("little, but named", b"gzip;q=0.001", b"gzip"),
        ("identity refused", b"identity;q=0, gzip", b"gzip"),
        ("everything refused", b"*;q=0", b"identity"),
        ("identity and ours refused", b"identity;q=0, deflate", b"identity"),
        ("no weight at all", b"gzip;q=", b"identity"),
        ("no such weight", b"gzip;q=2", b"identity"),
        ("other parameters", b"gzip;level=9;q=0.3", b"gzip"),
        ("whitespace", b" gzip ; q=0.5 ,", b"gzip"),
        ("longer than is kept", b"x" * 300 + b", gzip", b"gzip"),
        ("a bomb of commas", b"," * 16_000 + b"gzip", b"identity"),
    ],
)
def test_best(rule, field, expected):
    assert accepted(field).best(OFFERS) == expected
    assert preferred(field, OFFERS) == expected


def test_preferred_among_other_offers():
    for offers in (OFFERS, OFFERS[::-1], OFFERS[1:]):
        assert preferred(b"gzip, br, zstd", offers) == offers[0]


@pytest.mark.parametrize(
    ("rule", "field", "coding", "expected"),
    [
        ("named", b"gzip", b"gzip", True),
        ("not named", b"gzip", b"br", False),
        ("by the star", b"*", b"br", True),
        ("without a field", None, b"gzip", False),
        ("identity always", b"gzip", b"identity", True),
        ("identity by the star", b"*;q=0", b"identity", False),
        ("identity in spite of the star", b"*;q=0, identity;q=0.1", b"identity", True),
    ],
)
def test_weight(rule, field, coding, expected):
    assert bool(accepted(field).weight(coding)) is expected


@given(st.binary(max_size=200))
def test_any_field_has_an_answer(field):
    assert accepted(field).best(OFFERS) in {*OFFERS, b"identity"}
