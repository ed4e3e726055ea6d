import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.fields import (
    MOST_MEMBERS,
    gather,
    is_field_value,
    is_token,
    members,
)

TCHARS = (
    b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)


@pytest.mark.parametrize("byte", range(256))
def test_each_byte(byte):
    one = bytes([byte])
    assert is_token(b"a" + one) is (byte in TCHARS)
    assert is_field_value(b"a" + one) is (byte == 9 or (byte >= 32 and byte != 127))


@pytest.mark.parametrize(
    ("rule", "name", "expected"),
    [
        ("one character", b"a", True),
        ("usual", b"X-Request-Id", True),
        ("empty", b"", False),
        ("whitespace", b"a b", False),
        ("delimiter", b"a:b", False),
        ("raw byte", b"caf\xe9", False),
    ],
)
def test_tokens(rule, name, expected):
    assert is_token(name) is expected


@pytest.mark.parametrize(
    ("rule", "value", "expected"),
    [
        ("empty", b"", []),
        ("one", b"close", [b"close"]),
        ("trimmed", b" \tclose\t ", [b"close"]),
        ("two", b"a,b", [b"a", b"b"]),
        ("OWS around", b" a \t,\t b ", [b"a", b"b"]),
        ("empty members", b",a,, ,b,", [b"a", b"b"]),
        ("nothing but commas", b",,,", []),
        ("whitespace only", b" \t", []),
        ("other whitespace is kept", b"\x0ba,b\x0c", [b"\x0ba", b"b\x0c"]),
        ("inner whitespace is kept", b"a b,c", [b"a b", b"c"]),
        ("case is kept", b"Close", [b"Close"]),
        ("raw bytes", b"\xa0a,\xff", [b"\xa0a", b"\xff"]),
        ("longest", b"a," * 99 + b"b", [b"a"] * 99 + [b"b"]),
        ("what is beyond is not read", b"a," * 100 + b"b", [b"a"] * 100),
        ("empty members count", b"," * 100 + b"b", []),
    ],
)
def test_members(rule, value, expected):
    assert members(value) == expected


@given(st.binary(max_size=2000))
def test_members_are_few_and_whole(value):
    found = members(value)
    assert len(found) <= MOST_MEMBERS
    assert all(one and one == one.strip(b" \t") and b"," not in one for one in found)


@pytest.mark.parametrize(
    ("rule", "fields", "values"),
    [
        ("none", [], {}),
        ("well known", [(b"Host", b"a")], {b"host": b"a"}),
        ("any case", [(b"hOST", b"a")], {b"host": b"a"}),
        ("unknown", [(b"X-Y", b"a")], {b"x-y": b"a"}),
        ("trimmed", [(b"X", b"\t a b \t")], {b"x": b"a b"}),
        ("repeated", [(b"X", b"a"), (b"x", b"b"), (b"X", b"c")], {b"x": b"a, b, c"}),
        ("repeated and empty", [(b"X", b""), (b"X", b"b")], {b"x": b", b"}),
        (
            "cookies",
            [(b"Cookie", b"a=b"), (b"cookie", b"c=d")],
            {b"cookie": b"a=b; c=d"},
        ),
        ("raw bytes", [(b"X", b"\x80\xff")], {b"x": b"\x80\xff"}),
        (
            "coding",
            [(b"Transfer-Encoding", b" chunked ")],
            {b"transfer-encoding": b"chunked"},
        ),
    ],
)
def test_gathers(rule, fields, values):
    gathered = gather(fields)
    assert gathered is not None
    assert gathered.values == values
    assert gathered.fields == [(name, value.strip(b" \t")) for name, value in fields]
    assert gathered.size == sum(
        len(name + b": " + value + b"\r\n") for name, value in fields
    )
    assert set(gathered.repeated) == {
        name for name, value in values.items() if b", " in value or b"; " in value
    }


@pytest.mark.parametrize(
    ("rule", "fields"),
    [
        ("empty name", [(b"", b"a")]),
        ("name with a space", [(b"X ", b"a")]),
        ("name with a line end", [(b"X\r\nY", b"a")]),
        ("name with a raw byte", [(b"X\xff", b"a")]),
        ("value with CR", [(b"X", b"a\rb")]),
        ("value with LF", [(b"X", b"a\n")]),
        ("value with NUL", [(b"X", b"\0")]),
        ("value with VT at its edge", [(b"X", b"\x0ba")]),
        ("the first of repeated values", [(b"X", b"\x01"), (b"X", b"a")]),
        ("the last of repeated values", [(b"X", b"a"), (b"X", b"\x01")]),
        ("coding before HTAB", [(b"Transfer-Encoding", b"chunked\t")]),
        ("coding after HTAB", [(b"transfer-encoding", b"\tchunked")]),
    ],
)
def test_gathers_nothing_malformed(rule, fields):
    assert gather([(b"Host", b"a"), *fields]) is None
    assert gather([*fields, (b"Host", b"a")]) is None
