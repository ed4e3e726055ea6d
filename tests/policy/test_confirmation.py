"""304 where each coding has a tag of its own, one row per rule."""

import pytest

from sidecar.policy.confirmation import acceptable, confirmation, restored, uncode
from sidecar.semantics.message import RequestHead, ResponseHead

CODINGS = (b"zstd", b"br", b"gzip")
GZIP = {b"accept-encoding": b"gzip"}
MONDAY = b"Mon, 16 Nov 2026 10:00:00 GMT"
TUESDAY = b"Tue, 17 Nov 2026 10:00:00 GMT"


def response(status=200, **fields):
    pairs = [(n.replace("_", "-").encode(), v) for n, v in fields.items()]
    return ResponseHead(status, b"", 1, pairs, dict(pairs), bodiless=status == 304)


@pytest.mark.parametrize(
    ("rule", "name", "said", "accept", "expected"),
    [
        ("a coding it still accepts", b"if-none-match", b'"a-gzip"', b"gzip", b'"a"'),
        (
            "in a list",
            b"if-none-match",
            b'"a-gzip", W/"b-gzip"',
            b"gzip",
            b'"a", W/"b-gzip"',
        ),
        (
            "either form of it",
            b"if-none-match",
            b'"a-br", "b-br+"',
            b"br",
            b'"a", "b"',
        ),
        ("one it accepts no longer", b"if-none-match", b'"a-gzip"', b"br", b'"a-gzip"'),
        ("one it refuses", b"if-none-match", b'"a-br"', b"br;q=0, *", b'"a-br"'),
        ("nothing of ours", b"if-none-match", b'"a-b"', b"gzip", b'"a-b"'),
        ("any", b"if-none-match", b"*", b"gzip", b"*"),
        ("a change is to what it has", b"if-match", b'"a-gzip"', b"br", b'"a"'),
    ],
)
def test_uncode(rule, name, said, accept, expected):
    values = {name: said, b"accept-encoding": accept}
    request = RequestHead(b"GET", b"/", 1, b"h", [*values.items()], values)
    uncode(request, CODINGS)
    assert request.values[name] == expected
    assert dict(request.fields)[name if expected == said else name.title()] == expected


def test_acceptable():
    assert acceptable({b"accept-encoding": b"gzip, zstd;q=0, *"}, CODINGS) == [
        b"br",
        b"gzip",
    ]
    assert acceptable({}, CODINGS) == []


@pytest.mark.parametrize(
    ("rule", "listed", "coding", "others", "expected"),
    [
        ("what it would get", b'"a-gzip"', b"gzip", [b"gzip"], b'"a-gzip"'),
        ("what it would get first", b'"a", "a-gzip"', b"gzip", [b"gzip"], b'"a-gzip"'),
        ("as it is", b'"a"', b"gzip", [b"gzip"], b'"a"'),
        ("what it got before", b'"a-br"', b"gzip", [b"gzip", b"br"], b'"a-br"'),
        ("another form of it", b'"a-gzip"', b"gzip+", [b"gzip"], b'"a-gzip"'),
        ("another form before", b'"a-br+"', b"gzip", [b"gzip", b"br"], b'"a-br+"'),
        ("what it cannot undo", b'"a-br"', b"gzip", [b"gzip"], None),
        ("nor in another form", b'"a-br+"', b"gzip", [b"gzip"], None),
        ("uncompressed", b'"a"', None, [], b'"a"'),
        ("another", b'"b"', b"gzip", [b"gzip"], None),
        ("any", b"*", b"gzip", [b"gzip"], b'"a-gzip"'),
    ],
)
def test_confirmation(rule, listed, coding, others, expected):
    said = {b"if-none-match": listed, b"if-modified-since": TUESDAY}
    found = confirmation(
        said, response(etag=b'"a"', last_modified=MONDAY), coding, others
    )
    assert (found and found.values[b"etag"]) == expected


@pytest.mark.parametrize(
    ("rule", "said", "fields", "expected"),
    [
        ("unchanged", {b"if-modified-since": TUESDAY}, {"last_modified": MONDAY}, True),
        ("changed", {b"if-modified-since": MONDAY}, {"last_modified": TUESDAY}, False),
        ("nothing to compare", {b"if-modified-since": MONDAY}, {}, False),
        ("no condition", {}, {"last_modified": MONDAY}, False),
        (
            "tags go first",
            {b"if-modified-since": TUESDAY, b"if-none-match": b'"b"'},
            {"last_modified": MONDAY, "etag": b'"a"'},
            False,
        ),
        ("a tag of nothing", {b"if-none-match": b'"b"'}, {}, False),
        (
            "a cookie would be lost",
            {b"if-none-match": b'"a"'},
            {"etag": b'"a"', "set_cookie": b"x"},
            False,
        ),
        (
            "not to be stored",
            {b"if-none-match": b'"a"'},
            {"etag": b'"a"', "cache_control": b"no-store"},
            False,
        ),
    ],
)
def test_other_conditions(rule, said, fields, expected):
    assert (confirmation(said, response(**fields), None, []) is not None) is expected


def test_by_date_the_tag_is_that_of_what_it_would_get():
    said = {b"if-modified-since": MONDAY}
    head = response(etag=b'"a"', last_modified=MONDAY)
    found = confirmation(said, head, b"br", [b"br"])
    assert found is not None
    assert found.values[b"etag"] == b'"a-br"'
    assert found.fields == [(b"ETag", b'"a-br"')]


@pytest.mark.parametrize(
    ("rule", "listed", "fields", "expected"),
    [
        ("the coding's", b'"a-gzip"', {"etag": b'"a"'}, b'"a-gzip"'),
        ("as it is", b'"a"', {"etag": b'"a"'}, b'"a"'),
        ("the origin's own", b'"a", "a-gzip"', {"etag": b'"a"'}, b'"a"'),
        ("the only one that was asked with", b'"a-gzip"', {}, b'"a-gzip"'),
        ("which one is unknown", b'"a-gzip", "b-gzip"', {}, None),
        ("another's", b'"b-gzip"', {"etag": b'"a"'}, b'"a"'),
        ("weak", b'W/"a"', {"etag": b'W/"a"'}, b'W/"a"'),
        ("weak, for other bytes", b'"b", W/"a"', {"etag": b'"a"'}, b'W/"a"'),
        ("strong, too", b'W/"a", "a"', {"etag": b'"a"'}, b'"a"'),
        ("another weak one", b'W/"b"', {"etag": b'"a"'}, b'"a"'),
        ("no tags", None, {"etag": b'"a"'}, b'"a"'),
    ],
)
def test_restored(rule, listed, fields, expected):
    said = dict(GZIP) if listed is None else GZIP | {b"if-none-match": listed}
    found = restored(said, response(304, **fields), CODINGS)
    assert found.values.get(b"etag") == expected
    assert (b"vary" in found.values) is (expected != fields.get("etag"))
