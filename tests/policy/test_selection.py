"""The grammar of expressions, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.selection import (
    DEEPEST,
    EVERYTHING,
    LONGEST,
    Asked,
    asked,
    choice,
    mask,
)

ALL = EVERYTHING


@pytest.mark.parametrize(
    ("rule", "expression", "expected"),
    [
        ("one", "a", {"a": ALL}),
        ("several", "a,b", {"a": ALL, "b": ALL}),
        ("below", "a/b", {"a": {"b": ALL}}),
        ("below, with a point", "a.b", {"a": {"b": ALL}}),
        ("a group", "a(b,c)", {"a": {"b": ALL, "c": ALL}}),
        ("a group below", "a/b(c,d)", {"a": {"b": {"c": ALL, "d": ALL}}}),
        ("a path in a group", "a(b/c)", {"a": {"b": {"c": ALL}}}),
        ("a group in a group", "a(b(c),d)", {"a": {"b": {"c": ALL}, "d": ALL}}),
        ("after a group", "a(b),c", {"a": {"b": ALL}, "c": ALL}),
        ("any", "*", {"*": ALL}),
        ("below any", "*/id", {"*": {"id": ALL}}),
        ("any below", "a/*", {"a": {"*": ALL}}),
        ("the same from two sides", "a/b,a/c", {"a": {"b": ALL, "c": ALL}}),
        ("whole, and a part", "a,a/b", {"a": ALL}),
        ("a part, and whole", "a/b,a", {"a": ALL}),
        ("spaces around", " a , b ( c ) ", {"a": ALL, "b": {"c": ALL}}),
        ("spaces inside", "first name", {"first name": ALL}),
        ("any letters", "größe,_x-1:y", {"größe": ALL, "_x-1:y": ALL}),
        ("nothing", "", None),
        ("spaces only", "  ", None),
        ("a comma too many", "a,", None),
        ("a comma too early", ",a", None),
        ("two of them", "a,,b", None),
        ("nothing below", "a/", None),
        ("nothing above", "/a", None),
        ("two steps down", "a//b", None),
        ("an empty group", "a()", None),
        ("a group of nothing", "(a)", None),
        ("not closed", "a(b", None),
        ("not opened", "a)", None),
        ("closed twice", "a(b))", None),
        ("below a group", "a(b)/c", None),
        ("behind a group", "a(b)c", None),
        ("as deep as allowed", "/".join("a" * DEEPEST), ...),
        ("deeper", "/".join("a" * (DEEPEST + 1)), None),
        ("a thousand steps", ".".join("a" * 1000), None),
        ("deeper in groups", "a(" * DEEPEST + "a" + ")" * DEEPEST, None),
        ("longer", "a" * (LONGEST + 1), None),
    ],
)
def test_mask(rule, expression, expected):
    assert mask(expression) == expected or (expected is ... and mask(expression))


@given(st.text(alphabet="ab,/.()* ", max_size=40))
def test_any_expression_has_an_answer(expression):
    found = mask(expression)
    assert found is None or found


@pytest.mark.parametrize(
    ("rule", "target", "expected"),
    [
        ("alone", b"/x?fields=a,b", Asked(b"/x", "a,b")),
        ("first", b"/x?fields=a&q=1", Asked(b"/x?q=1", "a")),
        ("last", b"/x?q=1&fields=a", Asked(b"/x?q=1", "a")),
        (
            "the rest byte for byte",
            b"/x?b=%7e&&fields=a&=&a",
            Asked(b"/x?b=%7e&&=&a", "a"),
        ),
        ("encoded", b"/x?fields=a%28b%2Cc%29", Asked(b"/x", "a(b,c)")),
        ("encoded letters", b"/x?fields=gr%C3%B6%C3%9Fe", Asked(b"/x", "größe")),
        ("a plus is a space", b"/x?fields=a,+b", Asked(b"/x", "a, b")),
        ("twice", b"/x?fields=a&fields=b", Asked(b"/x", "a,b")),
        ("an encoded name", b"/x?%66ield%73=a&q=1", Asked(b"/x?q=1", "a")),
        ("encoded, and another's", b"/x?my%66ields=a", None),
        ("encoded twice", b"/x?%2566ields=a", None),
        ("empty", b"/x?fields=", Asked(b"/x", "")),
        ("without a value", b"/x?fields", Asked(b"/x", "")),
        ("not there", b"/x?q=1", None),
        ("no query", b"/fields", None),
        ("in another's name", b"/x?myfields=a", None),
        ("in another's value", b"/x?q=fields", None),
        ("in another case", b"/x?Fields=a", None),
    ],
)
def test_asked(rule, target, expected):
    assert asked(target, b"fields") == expected


@given(st.binary(max_size=60))
def test_any_target_has_an_answer(target):
    found = asked(b"/?fields=" + target, b"fields")
    assert found is not None
    assert asked(found.target, b"fields") is None


@pytest.mark.parametrize(
    ("rule", "target", "more", "expected"),
    [
        ("chosen", b"/?fields=a&b=1", {}, (mask("a"), b"/?b=1", True)),
        (
            "passed on",
            b"/?fields=a",
            {"passes": True},
            (mask("a"), b"/?fields=a", True),
        ),
        ("nothing", b"/?b=1", {}, (None, b"/?b=1", True)),
        ("an envelope", b"/?b=1", {"envelope": True}, (ALL, b"/?b=1", True)),
        ("unreadable", b"/?fields=(", {}, (None, b"/", False)),
        ("that, too", b"/?fields=(", {"envelope": True}, (ALL, b"/", False)),
    ],
)
def test_choice(rule, target, more, expected):
    found = choice(target, b"fields", **{"envelope": False, "passes": False} | more)
    assert found == expected, rule
