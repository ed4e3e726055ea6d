"""Codings undone for clients that cannot, one row per rule."""

import gzip

import pytest

from sidecar.proxy.rendering import NO_FORMS
from sidecar.proxy.understanding import known, understood, undoes, undone
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


class Kept:
    """As much as there is room for."""

    def __init__(self, room=1 << 20):
        self.room = room
        self.forms: dict[bytes, bytes] = {}

    def put(self, coding, content):
        if len(content) <= self.room:
            self.forms[coding] = content

    def get(self, coding):
        return (coding, self.forms[coding]) if coding in self.forms else None


SAID = {b"accept-encoding": b""}
HEAD, CODED = origin(content_encoding=b"gzip"), gzip.compress(TEXT)


def test_understood_once():
    kept = Kept()
    assert known(SAID, HEAD, CODED, kept) == (HEAD, CODED)
    head, content, forms = understood(SAID, HEAD, CODED, kept)
    assert (content, forms) == (TEXT, kept)
    assert kept.forms == {b"identity": TEXT}
    again, plain = known(SAID, HEAD, CODED, kept)
    assert again.fields == head.fields
    assert plain is content
    assert known({}, HEAD, CODED, kept) == (HEAD, CODED)
    assert known(SAID, origin(), TEXT, kept)[1] == TEXT


def test_what_there_is_no_room_for_has_no_forms():
    kept = Kept(room=len(TEXT) - 1)
    assert understood(SAID, HEAD, CODED, kept)[1:] == (TEXT, NO_FORMS)
    assert kept.forms == {}


@pytest.mark.parametrize(
    ("said", "content"), [(SAID, b"rubbish"), ({}, gzip.compress(TEXT))]
)
def test_what_stays_as_it_is(said, content):
    kept = Kept()
    assert understood(said, HEAD, content, kept) == (HEAD, content, kept)
    assert kept.forms == {}
