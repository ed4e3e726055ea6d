import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.cookies import cookie_pairs, counted

NAMES = (b"lang", b"a_b")


@pytest.mark.parametrize(
    ("rule", "cookie", "values"),
    [
        ("none", None, [None, None]),
        ("one", b"lang=de", [b"de", None]),
        ("both, among others", b"x=1; a_b=2;lang=de", [b"de", b"2"]),
        ("equal names", b"lang=de; lang=fr", [b"de;fr", None]),
        ("in quotes", b'lang="de"; x=""', [b'"de"', None]),
        ("nothing", b"lang=", [b"", None]),
        ("much that is usual", b"__Host-x=a.b:c=/|%7B{}[]?; y.z=@", [None, None]),
        ("no pair", b"x; lang=de", None),
        ("an empty one", b"x=1;; lang=de", None),
        ("the field, too", b"", None),
        ("a quote that another ends", b'x="; lang=de; y="', None),
        ("a quote within", b'x=a"b; lang=de', None),
        ("a comma", b"x=1, lang=de", None),
        ("a space", b"x=1 lang=de", None),
        ("around", b"x = 1; lang=de", None),
        ("more than ASCII", b"x=\xe9; lang=de", None),
        ("no name", b"=1; lang=de", None),
        ("a name that is none", b"x[]=1; lang=de", None),
        ("an escaped one", b"l%61ng=de", None),
        ("an attribute", b"x=1; Path=/; lang=de", None),
        ("of old", b"$Version=1; lang=de", None),
        ("another case", b"LANG=de", None),
        ("what PHP reads as the same", b"a.b=1", None),
    ],
)
def test_counted(rule, cookie, values):
    assert counted(cookie, NAMES) == values, rule


@given(st.text(alphabet='lang=de;, "\\x').map(str.encode))
def test_what_counts_is_said_in_one_way(cookie):
    values = counted(cookie, (b"lang",))
    if values is not None:
        # As who stops at the first comma, quote or space would read it, too.
        assert b"," not in cookie
        assert b"\\" not in cookie
        assert cookie.count(b'"') % 2 == 0
        assert [cookie_pairs(cookie).get(b"lang")] == values


@pytest.mark.parametrize(
    ("rule", "value", "pairs"),
    [
        ("none", None, {}),
        ("pairs", b"a=1; b=2=3;c", {b"a": b"1", b"b": b"2=3", b"c": b""}),
        ("equal names", b"a=1; b=x; a=2", {b"a": b"1;2", b"b": b"x"}),
        ("space around", b" a =\t1 ", {b"a": b"1"}),
    ],
)
def test_cookie_pairs(rule, value, pairs):
    assert cookie_pairs(value) == pairs, rule
