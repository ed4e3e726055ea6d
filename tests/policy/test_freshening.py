import pytest

from sidecar.policy.freshening import (
    conditions,
    confirms,
    freshened,
    same_content,
    storable_fields,
)


def values(fields):
    return {name.lower(): value for name, value in fields}


@pytest.mark.parametrize(
    ("rule", "fields", "withheld", "kept"),
    [
        (
            "order and repetition stay",
            [(b"B", b"1"), (b"A", b"2"), (b"B", b"3")],
            (),
            "BAB",
        ),
        (
            "§3.1: hop-by-hop",
            [(b"Keep-Alive", b"1"), (b"TE", b""), (b"Upgrade", b"")],
            (),
            "",
        ),
        (
            "what Connection names",
            [(b"Connection", b"a"), (b"A", b""), (b"B", b"")],
            (),
            "B",
        ),
        (
            "what a proxy says to us",
            [(b"Proxy-Authenticate", b"x"), (b"A", b"")],
            (),
            "A",
        ),
        (
            "what is worked out anew",
            [(b"Age", b"1"), (b"Content-Length", b"1")],
            (),
            "",
        ),
        (
            "what is to be left out",
            [(b"Set-Cookie", b"1"), (b"A", b"")],
            (b"set-cookie",),
            "A",
        ),
    ],
)
def test_storable_fields(rule, fields, withheld, kept):
    found = storable_fields(fields, values(fields), frozenset(withheld))
    assert b"".join(name for name, _ in found).decode() == kept, rule


STORED = [
    (b"A", b"1"),
    (b"Content-Type", b"text/plain"),
    (b"ETag", b'"a"'),
    (b"A", b"2"),
]


@pytest.mark.parametrize(
    ("rule", "newer", "expected"),
    [
        ("what is omitted stays", [], STORED),
        ("all of a name are replaced", [(b"a", b"3")], [*STORED[1:3], (b"a", b"3")]),
        (
            "by all of the newer",
            [(b"A", b"3"), (b"A", b"4")],
            [*STORED[1:3], (b"A", b"3"), (b"A", b"4")],
        ),
        ("what is new comes in", [(b"B", b"1")], [*STORED, (b"B", b"1")]),
        ("§3.2: not the length", [(b"Content-Length", b"0")], STORED),
        (
            "nor what describes the content",
            [
                (b"Content-Encoding", b"gzip"),
                (b"Content-Range", b"x"),
                (b"Content-MD5", b"x"),
            ],
            STORED,
        ),
        ("nor what identifies it", [(b"ETag", b'W/"a"')], STORED),
        (
            "its type is updated",
            [(b"Content-Type", b"text/html")],
            [STORED[0], STORED[2], STORED[3], (b"Content-Type", b"text/html")],
        ),
        (
            "nor hop-by-hop",
            [(b"Connection", b"b"), (b"B", b"1"), (b"Keep-Alive", b"x")],
            STORED,
        ),
        ("nor Age", [(b"Age", b"7")], STORED),
    ],
)
def test_freshened(rule, newer, expected):
    assert freshened(STORED, newer, values(newer)) == expected, rule


LM, LATER = b"Sun, 06 Nov 1994 08:49:37 GMT", b"Sun, 06 Nov 1994 08:49:38 GMT"


@pytest.mark.parametrize(
    ("rule", "newer", "etag", "last_modified", "expected"),
    [
        ("the same strong one", {b"etag": b'"a"'}, b'"a"', b"", True),
        ("another", {b"etag": b'"b"'}, b'"a"', b"", False),
        ("a weak one", {b"etag": b'W/"a"'}, b'"a"', b"", True),
        ("an unknown one", {b"etag": b'"a"'}, b"", LM, False),
        ("a date", {b"last-modified": LM}, b"", LM, True),
        (
            "in another form",
            {b"last-modified": b"Sun Nov  6 08:49:37 1994"},
            b"",
            LM,
            True,
        ),
        ("another date", {b"last-modified": LATER}, b"", LM, False),
        (
            "the tag comes first",
            {b"etag": b'"a"', b"last-modified": LATER},
            b'"a"',
            LM,
            True,
        ),
        ("none at all", {}, b'"a"', LM, True),
    ],
)
def test_confirms(rule, newer, etag, last_modified, expected):
    assert confirms(newer, etag, last_modified) is expected, rule


@pytest.mark.parametrize(
    ("rule", "newer", "expected"),
    [
        (
            "all the same",
            {b"etag": b'"a"', b"last-modified": LM, b"content-length": b"5"},
            True,
        ),
        ("nothing said", {}, None),
        ("a length alone", {b"content-length": b"5"}, None),
        ("a tag alone", {b"etag": b'"a"'}, True),
        ("another tag", {b"etag": b'"b"'}, False),
        ("another date", {b"last-modified": LATER}, False),
        ("another length", {b"content-length": b"6"}, False),
    ],
)
def test_same_content(rule, newer, expected):
    assert same_content(newer, b'"a"', LM, 5) is expected, rule


@pytest.mark.parametrize(
    ("etag", "last_modified", "fields"),
    [
        (b"", b"", []),
        (b'"a"', b"", [(b"If-None-Match", b'"a"')]),
        (b"", LM, [(b"If-Modified-Since", LM)]),
        (b'W/"a"', LM, [(b"If-None-Match", b'W/"a"'), (b"If-Modified-Since", LM)]),
    ],
)
def test_conditions(etag, last_modified, fields):
    assert conditions(etag, last_modified) == fields
