import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.framing import (
    CHUNKED,
    UNFRAMED,
    Flaw,
    Framing,
    content_length,
    framing,
    is_bodiless,
    transfer_flaw,
)

LARGEST = 2**63 - 1


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("zero", b"0", 0),
        ("one digit", b"5", 5),
        ("largest", b"9223372036854775807", LARGEST),
        ("above", b"9223372036854775808", None),
        ("far above", b"9" * 5000, None),
        ("2^64 + 5", b"18446744073709551621", None),
        ("empty", b"", None),
        ("plus", b"+5", None),
        ("minus", b"-5", None),
        ("minus zero", b"-0", None),
        ("leading zero", b"05", None),
        ("leading zeros", b"005", None),
        ("zeros", b"00", None),
        ("hexadecimal", b"0x5", None),
        ("underscore", b"1_0", None),
        ("exponent", b"5e0", None),
        ("fraction", b"5.0", None),
        ("quoted", b'"5"', None),
        ("list of equal", b"5, 5", None),
        ("list without space", b"5,5", None),
        ("two numbers", b"5 5", None),
        ("whitespace", b" 5", None),
        ("line end", b"5\n", None),
        ("NUL", b"5\0", None),
        ("digits of Arabic", "٥".encode(), None),
        ("superscript of Latin-1", b"\xb2", None),
        ("suffix", b"5Z", None),
    ],
)
def test_content_length(rule, value, expected):
    assert content_length(value) == expected


@given(st.integers(0, LARGEST))
def test_content_length_of_what_it_was_written_from(number):
    assert content_length(b"%d" % number) == number


@given(st.binary(max_size=24))
def test_content_length_has_one_spelling(value):
    number = content_length(value)
    assert number is None or b"%d" % number == value


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("chunked", b"chunked", None),
        ("any case", b"ChunKed", None),
        ("known coding", b"gzip, chunked", Flaw.UNKNOWN_CODING),
        ("known codings", b"deflate,x-gzip , Chunked", Flaw.UNKNOWN_CODING),
        ("known coding alone", b"gzip", Flaw.TRANSFER_CODING),
        ("known coding last", b"chunked, gzip", Flaw.TRANSFER_CODING),
        ("chunked twice", b"chunked, chunked", Flaw.TRANSFER_CODING),
        ("chunked twice around", b"chunked, gzip, chunked", Flaw.TRANSFER_CODING),
        ("unknown coding", b"cow, chunked", Flaw.TRANSFER_CODING),
        ("identity", b"identity", Flaw.TRANSFER_CODING),
        ("identity first", b"identity, chunked", Flaw.TRANSFER_CODING),
        ("empty", b"", Flaw.TRANSFER_CODING),
        ("empty members", b",chunked", Flaw.TRANSFER_CODING),
        ("nothing but commas", b",,", Flaw.TRANSFER_CODING),
        ("parameter", b"chunked;q=1", Flaw.TRANSFER_CODING),
        ("quoted", b'"chunked"', Flaw.TRANSFER_CODING),
        ("prefix", b"xchunked", Flaw.TRANSFER_CODING),
        ("whitespace", b" chunked", Flaw.TRANSFER_CODING),
    ],
)
def test_transfer_flaw(rule, value, expected):
    assert transfer_flaw(value) is expected


LENGTH, CODING = b"content-length", b"transfer-encoding"


@pytest.mark.parametrize(
    ("rule", "values", "minor", "expected"),
    [
        ("neither", {}, 1, UNFRAMED),
        ("neither, HTTP/1.0", {}, 0, UNFRAMED),
        ("length", {LENGTH: b"5"}, 1, Framing(5, chunked=False)),
        ("length, HTTP/1.0", {LENGTH: b"5"}, 0, Framing(5, chunked=False)),
        ("length zero", {LENGTH: b"0"}, 1, Framing(0, chunked=False)),
        ("chunked", {CODING: b"chunked"}, 1, CHUNKED),
        ("chunked, HTTP/1.0", {CODING: b"chunked"}, 0, Flaw.OLD_VERSION),
        ("both", {LENGTH: b"5", CODING: b"chunked"}, 1, Flaw.BOTH),
        ("both, HTTP/1.0", {LENGTH: b"5", CODING: b"chunked"}, 0, Flaw.BOTH),
        ("both, one empty", {LENGTH: b"", CODING: b"chunked"}, 1, Flaw.BOTH),
        ("both, the other empty", {LENGTH: b"5", CODING: b""}, 1, Flaw.BOTH),
        ("equal lengths, joined", {LENGTH: b"5, 5"}, 1, Flaw.CONTENT_LENGTH),
        ("empty length", {LENGTH: b""}, 1, Flaw.CONTENT_LENGTH),
        ("codings, joined", {CODING: b"chunked, chunked"}, 1, Flaw.TRANSFER_CODING),
        ("known coding", {CODING: b"gzip, chunked"}, 1, Flaw.UNKNOWN_CODING),
    ],
)
def test_framing(rule, values, minor, expected):
    assert framing(values, minor) == expected


@pytest.mark.parametrize(
    ("rule", "status", "method", "expected"),
    [
        ("HEAD", 200, b"HEAD", True),
        ("interim", 103, b"GET", True),
        ("switching", 101, b"GET", True),
        ("no content", 204, b"GET", True),
        ("not modified", 304, b"GET", True),
        ("reset content may have one", 205, b"GET", False),
        ("OK", 200, b"GET", False),
        ("error", 500, b"POST", False),
    ],
)
def test_is_bodiless(rule, status, method, expected):
    assert is_bodiless(status, method) is expected
