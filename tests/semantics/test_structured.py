import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.structured import Token, dictionary, items, string, strings


@pytest.mark.parametrize(
    ("rule", "value", "members"),
    [
        ("nothing", b"", {}),
        ("a flag", b"no-store", {b"no-store": True}),
        ("an integer", b"max-age=60", {b"max-age": 60}),
        ("a negative one", b"a=-60", {b"a": -60}),
        ("a decimal", b"a=1.5", {b"a": 1.5}),
        ("booleans", b"a=?1, b=?0", {b"a": True, b"b": False}),
        ("a token", b"a=foo/bar", {b"a": Token(b"foo/bar")}),
        ("a string", b'a="x, \\"y\\" \\\\"', {b"a": b'x, "y" \\'}),
        ("bytes, as they are written", b"a=:YWJj:", {b"a": b"YWJj"}),
        ("an inner list", b'a=( "x"  y 1 )', {b"a": (b"x", Token(b"y"), 1)}),
        ("an empty one", b"a=()", {b"a": ()}),
        ("space around", b"  a=1 \t,\t b  ", {b"a": 1, b"b": True}),
        ("parameters are left out", b'a=1;x;y="z", b;q=?0', {b"a": 1, b"b": True}),
        ("also inside", b"a=(1;x 2);y", {b"a": (1, 2)}),
        ("the last of equal ones", b"a=1, a=2", {b"a": 2}),
        ("a capital", b"Max-Age=60", None),
        ("a comma too many", b"a=1,", None),
        ("two", b"a=1,,b", None),
        ("a space too many", b"a= 1", None),
        ("another", b"a =1", None),
        ("no comma", b"a b", None),
        ("nothing after =", b"a=", None),
        ("a quotation without end", b'a="b', None),
        ("an inner list without end", b"a=(1 2", None),
        ("without space", b'a=("x""y")', None),
        ("an escape of something else", b'a="\\x"', None),
        ("a control character", b'a="\x7f"', None),
        ("a number too long", b"a=1234567890123456", None),
        ("a fraction too long", b"a=1.2345", None),
        ("a fraction without", b"a=1.", None),
        ("another boolean", b"a=?2", None),
        ("a parameter without a name", b"a=1;", None),
        ("more than anybody has to read", b"a=1," * 1024 + b"b", {b"a": 1, b"b": True}),
        ("really", b",".join(b"a%d" % n for n in range(1025)), None),
    ],
)
def test_dictionary(rule, value, members):
    assert dictionary(value) == members, rule


@pytest.mark.parametrize(
    ("rule", "value", "members"),
    [
        ("nothing", b"", []),
        ("strings", b'"a", "b"', [b"a", b"b"]),
        ("mixed", b"a, 1;x, (2 3)", [Token(b"a"), 1, (2, 3)]),
        ("a comma too many", b"a,", None),
        ("a key and value", b"a=1", None),
        ("too many", b"1," * 1024 + b"1", None),
    ],
)
def test_items(rule, value, members):
    assert items(value) == members, rule


@pytest.mark.parametrize(
    ("rule", "value", "found"),
    [
        ("strings", b'"a", "b;c"', (b"a", b"b;c")),
        ("with parameters", b'"a";x=1', (b"a",)),
        ("a token among them", b'"a", b', ()),
        ("a number among them", b'"a", 1', ()),
        ("nothing", b"", ()),
        ("malformed", b'"a" "b"', ()),
    ],
)
def test_strings(rule, value, found):
    assert strings(value) == found, rule


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (b"abc", b'"abc"'),
        (b"", b'""'),
        (b'a"b\\c', b'"a\\"b\\\\c"'),
        (b"a\r\n\xffb", b'"a???b"'),
    ],
)
def test_string(value, written):
    assert string(value) == written


@given(st.lists(st.binary(max_size=20), min_size=1, max_size=5))
def test_what_is_written_is_read(values):
    found = strings(b", ".join(map(string, values)))
    assert len(found) == len(values)
    for value, one in zip(values, found, strict=True):
        if all(32 <= byte < 127 for byte in value):
            assert one == value


@given(st.binary(max_size=60))
def test_anything_is_read_without_raising(value):
    dictionary(value)
    items(value)
