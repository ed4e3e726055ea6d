"""What changes in a head when the content does."""

import pytest

from sidecar.semantics.message import ResponseHead
from sidecar.semantics.representation import (
    confirmed,
    encoded,
    marked,
    remade,
    varies,
    varying,
    varying_now,
)

AE = b"Accept-Encoding"


def head(*fields, passing=None):
    values = {}
    for name, value in fields:
        lower = name.lower()
        values[lower] = b"%b, %b" % (values[lower], value) if lower in values else value
    return ResponseHead(200, b"OK", 1, list(fields), values, 5, passing=passing)


def test_marked():
    one = head((b"A", b"1"), passing=[b"A: 1\r\n"])
    marked(one, (b"ETag", b'"x"'))
    assert one.fields == [(b"A", b"1"), (b"ETag", b'"x"')]
    assert one.values == {b"a": b"1", b"etag": b'"x"'}
    assert one.passing == [b"A: 1\r\n", b'ETag: "x"\r\n']


def test_marked_where_no_lines_are_known():
    one = head()
    marked(one, (b"ETag", b'"x"'))
    assert one.passing is None


def test_remade_leaves_the_old_one_alone():
    lines = [b"A: 1\r\n", b"B: 2\r\n"]
    old = head((b"A", b"1"), (b"B", b"2"), passing=lines.copy())
    new = remade(old, frozenset({b"a"}), [(b"C", b"3")])
    assert new.fields == [(b"B", b"2"), (b"C", b"3")]
    assert new.values == {b"b": b"2", b"c": b"3"}
    assert new.passing == [b"B: 2\r\n", b"C: 3\r\n"]
    assert (new.status, new.reason, new.minor, new.content_length) == (200, b"OK", 1, 5)
    assert old.fields == [(b"A", b"1"), (b"B", b"2")]
    assert old.values == {b"a": b"1", b"b": b"2"}
    assert old.passing == lines


def test_remade_where_nothing_is_left_out():
    old = head((b"A", b"1"), passing=[b"A: 1\r\n"])
    new = remade(old, frozenset({b"b"}), [(b"B", b"2")])
    assert (new.fields, new.values) == (
        [(b"A", b"1"), (b"B", b"2")],
        {b"a": b"1", b"b": b"2"},
    )
    assert new.passing == [b"A: 1\r\n", b"B: 2\r\n"]
    assert (len(old.fields), len(old.values), old.passing) == (1, 1, [b"A: 1\r\n"])


def test_remade_where_no_lines_are_known():
    assert remade(head(), frozenset({b"b"}), [(b"B", b"2")]).passing is None


@pytest.mark.parametrize(
    ("rule", "vary", "expected"),
    [
        ("none", [], [AE]),
        ("another", [b"Origin"], [b"Origin, Accept-Encoding"]),
        ("there", [b"origin, accept-encoding"], [b"origin, accept-encoding"]),
        ("any", [b"*"], [b"*"]),
        ("any among others", [b"Origin, *"], [b"Origin, *"]),
        (
            "two lines become one",
            [b"Origin", b"Cookie"],
            [b"Origin, Cookie, Accept-Encoding"],
        ),
        (
            "in the second line",
            [b"Origin", b"Accept-Encoding"],
            [b"Origin", b"Accept-Encoding"],
        ),
        (
            "part of a name",
            [b"X-Accept-Encoding"],
            [b"X-Accept-Encoding, Accept-Encoding"],
        ),
        ("empty", [b""], [AE]),
    ],
)
def test_varying(rule, vary, expected):
    one = varying(head(*[(b"Vary", value) for value in vary]), AE)
    assert [value for name, value in one.fields if name == b"Vary"] == expected
    assert varies(one, AE)


def test_varying_now():
    first = head(passing=[])
    assert varying_now(first, AE) is first
    assert first.passing == [b"Vary: Accept-Encoding\r\n"]
    other = head((b"Vary", b"X"))
    assert varying_now(other, AE).values == {b"vary": b"X, Accept-Encoding"}
    assert other.values == {b"vary": b"X"}


def test_encoded():
    one = encoded(
        head(
            (b"ETag", b'"a"'),
            (b"Accept-Ranges", b"bytes"),
            (b"Content-MD5", b"x"),
            (b"Repr-Digest", b"x"),
            (b"Content-Encoding", b"identity"),
            (b"Server", b"s"),
        ),
        b"br",
    )
    assert one.fields == [
        (b"Server", b"s"),
        (b"Content-Encoding", b"br"),
        (b"ETag", b'"a-br"'),
    ]
    assert one.content_length is None


@pytest.mark.parametrize(
    ("rule", "fields", "lines"),
    [
        ("ours", [], [b'ETag: "a"\r\n']),
        ("not as we write it", [], [b'etag:"a"\r\n']),
        ("more of a coding", [(b"Digest", b"x")], [b'ETag: "a"\r\n', b"Digest: x\r\n"]),
    ],
)
def test_encoded_as_it_passes(rule, fields, lines):
    before = head((b"ETag", b'"a"'), (b"Server", b"s"), *fields, passing=lines)
    one = encoded(before, b"br")
    both = [(b"Content-Encoding", b"br"), (b"ETag", b'"a-br"')]
    assert one.fields == [(b"Server", b"s"), *both], rule
    assert one.passing == [b"%b: %b\r\n" % field for field in both]
    assert one.values == {b"server": b"s"} | {n.lower(): value for n, value in both}
    assert before.passing == lines
    assert before.values[b"etag"] == b'"a"'


def test_encoded_makes_no_tag():
    assert b"etag" not in encoded(head(), b"br").values


def test_confirmed():
    one = confirmed(
        head((b"ETag", b'"a"'), (b"Vary", b"X"), (b"Server", b"s"), (b"Via", b"v")),
        b'"a-br"',
    )
    assert one.status == 304
    assert one.bodiless
    assert one.content_length is None
    assert one.fields == [(b"Vary", b"X"), (b"ETag", b'"a-br"')]
    assert one.values[b"via"] == b"v"


def test_confirmed_by_its_date():
    one = confirmed(head((b"Last-Modified", b"x")), None)
    assert one.fields == [(b"Last-Modified", b"x")]
