"""Codings undone for clients that cannot, one row per rule."""

import gzip

import pytest

from sidecar.proxy.understanding import understood, undoes, undone
from tests.proxy.lightened import TEXT, origin


@pytest.mark.parametrize(
    ("rule", "accept", "fields", "expected"),
    [
        ("it cannot", b"br", {"content_encoding": b"gzip"}, b"gzip"),
        ("it wants none", b"", {"content_encoding": b"gzip"}, b"gzip"),
        ("in any case", b"br", {"content_encoding": b"GZip"}, b"gzip"),
        ("an old name", b"br", {"content_encoding": b"x-gzip"}, b"x-gzip"),
        ("an old name that it knows", b"gzip", {"content_encoding": b"x-gzip"}, None),
        ("it can", b"gzip", {"content_encoding": b"gzip"}, None),
        ("any will do", b"*", {"content_encoding": b"gzip"}, None),
        ("it did not say", None, {"content_encoding": b"gzip"}, None),
        (
            "it refuses what is plain",
            b"br, identity;q=0",
            {"content_encoding": b"gzip"},
            None,
        ),
        ("plain already", b"br", {}, None),
        ("unknown", b"br", {"content_encoding": b"compress"}, None),
        ("one on the other", b"br", {"content_encoding": b"gzip, zstd"}, None),
        ("a part", b"br", {"content_encoding": b"gzip", "status": 206}, None),
        (
            "not to be changed",
            b"br",
            {"content_encoding": b"gzip", "cache_control": b"no-transform"},
            None,
        ),
    ],
)
def test_undoes(rule, accept, fields, expected):
    said = {} if accept is None else {b"accept-encoding": accept}
    assert undoes(said, origin(**fields)) == expected


def test_undone():
    head = undone(
        origin(
            content_encoding=b"gzip", etag=b'"a"', digest=b"x", accept_ranges=b"bytes"
        )
    )
    assert head.values == {
        b"content-type": b"text/plain",
        b"etag": b'W/"a"',
        b"vary": b"Accept-Encoding",
    }
    assert head.content_length is None


def test_understood():
    said, head = {b"accept-encoding": b""}, origin(content_encoding=b"gzip")
    found = understood(said, head, gzip.compress(TEXT))
    assert found is not None
    assert found[1] == TEXT
    assert understood(said, head, b"rubbish") is None
    assert understood({}, head, gzip.compress(TEXT)) is None
