"""What a mask leaves of a document, one row per rule."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.projection import DEEPEST, projected
from sidecar.policy.selection import EVERYTHING, mask

PERSON = {
    "id": 1,
    "name": {"first": "Ada", "last": "Lovelace"},
    "tags": ["x", "y"],
    "posts": [{"id": 7, "title": "t"}, {"id": 8}],
    "none": None,
}


def keep(document, expression, envelope=None):
    wanted = mask(expression)
    assert wanted is not None
    found = projected(json.dumps(document).encode(), wanted, envelope)
    return None if found is None else json.loads(found)


@pytest.mark.parametrize(
    ("rule", "document", "expression", "expected"),
    [
        ("one", PERSON, "id", {"id": 1}),
        ("several", PERSON, "id,none", {"id": 1, "none": None}),
        ("below", PERSON, "name/first", {"name": {"first": "Ada"}}),
        ("whole", PERSON, "name", {"name": PERSON["name"]}),
        ("through an array", PERSON, "posts/id", {"posts": [{"id": 7}, {"id": 8}]}),
        (
            "not in all elements",
            PERSON,
            "posts(title)",
            {"posts": [{"title": "t"}, {}]},
        ),
        ("an array at the top", [PERSON, PERSON], "id", [{"id": 1}, {"id": 1}]),
        ("arrays in arrays", [[{"a": 1, "b": 2}]], "a", [[{"a": 1}]]),
        ("missing", PERSON, "age,id", {"id": 1}),
        ("nothing of it", PERSON, "age", {}),
        ("below what has no members", PERSON, "id/x", {}),
        ("elements that have none", PERSON, "tags/x", {"tags": []}),
        ("any", PERSON, "*", PERSON),
        ("below any", {"a": {"x": 1, "y": 2}, "b": 3}, "*/x", {"a": {"x": 1}}),
        (
            "any, and one",
            {"a": {"x": 1}, "b": {"y": 1}},
            "*/x,b/y",
            {"a": {"x": 1}, "b": {"y": 1}},
        ),
        ("no members at all", "text", "a", "text"),
        ("empty", {}, "a", {}),
    ],
)
def test_projected(rule, document, expression, expected):
    assert keep(document, expression) == expected


@pytest.mark.parametrize(
    ("rule", "document", "expression", "expected"),
    [
        ("taken off", {"data": {"id": 1, "x": 2}, "meta": 3}, "id", {"id": 1}),
        ("of an array", {"data": [{"id": 1, "x": 2}]}, "id", [{"id": 1}]),
        ("not there", {"id": 1, "x": 2}, "id", {"id": 1}),
        ("no object", [{"data": {"id": 1}}], "data/id", [{"data": {"id": 1}}]),
        ("around a number", {"data": 5}, "id", 5),
    ],
)
def test_envelope(rule, document, expression, expected):
    assert keep(document, expression, "data") == expected


@pytest.mark.parametrize(
    ("rule", "text", "found"),
    [
        ("many digits", b"9" * 310, True),
        ("more than anybody reads", b"9" * 311, False),
        ("so many that the time would count", b"9" * 4000, False),
        ("negative", b"-" + b"9" * 300, True),
    ],
)
def test_whole_numbers(rule, text, found):
    content = b'{"a":%b}' % text
    assert projected(content, EVERYTHING) == (content if found else None)


def test_an_envelope_alone():
    assert projected(b'{"data": [1, 2]}', EVERYTHING, "data") == b"[1,2]"


@pytest.mark.parametrize(
    ("rule", "content"),
    [
        ("not JSON", b"<html>"),
        ("nothing", b""),
        ("cut", b'{"a": 1'),
        ("two of them", b'{"a": 1} {"a": 2}'),
        ("not UTF-8", b'{"a": "\xff"}'),
        ("half of a character", b'{"a": "\\ud800"}'),
        ("not a number", b'{"a": NaN}'),
        ("no end", b'{"a": -Infinity}'),
        ("more than a float holds", b'{"a": 1e400}'),
        ("more exact than a float", b'{"a": 0.12345678901234567890}'),
        ("less than a float holds", b'{"a": 1e-400}'),
        ("more than anything holds", b'{"a": 1e%b}' % (b"9" * 30)),
        ("less than anything", b'{"a": 1, "b": [0e-%b]}' % (b"9" * 30)),
        ("of fewer digits than it has", b'{"a": 1.2345E-320}'),
        ("an integer longer than is read", b'{"a": %b}' % (b"1" * 5000)),
        ("deep", b'{"a":' * 100_000),
        ("more values than are read", b"[" + b"[]," * 80_000 + b"[]]"),
        ("deep arrays", b"[" * 100_000),
        ("complete, but deep", b"[" * 500 + b"]" * 500),
    ],
)
def test_what_stays_as_it_is(rule, content):
    assert projected(content, mask("a") or EVERYTHING) is None


@pytest.mark.parametrize(
    "number", [b"1.5", b"-0.1", b"1e3", b"12345678901234567890", b"0.30000000000000004"]
)
def test_numbers_keep_their_values(number):
    found = projected(b'{"a": %b, "b": 1}' % number, mask("a") or EVERYTHING)
    assert found is not None
    assert json.loads(found)["a"] == json.loads(number)


def test_letters_are_not_escaped():
    assert (
        projected('{"ä": "ß", "b": 1}'.encode(), mask("ä") or EVERYTHING)
        == '{"ä":"ß"}'.encode()
    )


@pytest.mark.parametrize(
    ("rule", "content", "expected"),
    [
        (
            "escaped for HTML",
            rb'{"a":"\u003Cb\u003e \u00e9","b":1}',
            r"\u003cb\u003e é",
        ),
        ("for scripts", b'{"a":"<\\/script>"}', "<\\/script>"),
        ("and for no other reason", rb'{"a":"<b>\n/"}', r"<b>\n/"),
        (
            "a backslash in front",
            rb'{"a":"\\<\u0026", "b":"\u003c"}',
            r"\\\u003c\u0026",
        ),
    ],
)
def test_what_is_escaped_for_html_stays_so(rule, content, expected):
    found = projected(content, mask("a") or EVERYTHING)
    assert found == b'{"a":"%b"}' % expected.encode(), rule
    assert json.loads(found)["a"] == json.loads(content)["a"], rule


def test_the_last_of_two_members_counts():
    assert projected(b'{"a": 1, "a": 2}', mask("a") or EVERYTHING) == b'{"a":2}'


def test_depth_is_counted_where_it_is_looked_into():
    deep = "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1)
    assert projected(b'{"a": %b}' % deep.encode(), mask("a") or EVERYTHING) is not None
    assert projected(deep.encode(), mask("a") or EVERYTHING) is None


FINITE = st.floats(allow_nan=False, allow_infinity=False)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | FINITE | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    ),
    max_leaves=20,
)


def is_within(part, whole):
    if isinstance(whole, dict) and isinstance(part, dict):
        return all(n in whole and is_within(part[n], whole[n]) for n in part)
    if isinstance(whole, list) and isinstance(part, list):
        left = iter(whole)
        return all(any(is_within(one, other) for other in left) for one in part)
    return part == whole


@given(JSON, st.sampled_from(["a", "a/b", "*/a", "a(b,c),b", "b.c.a"]))
def test_a_projection_adds_nothing_and_projects_to_itself(document, expression):
    once = keep(document, expression)
    assert is_within(once, document)
    assert keep(once, expression) == once
