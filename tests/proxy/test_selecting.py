"""From the parameter to the document."""

import gzip
import json

import pytest

from sidecar.policy.selection import EVERYTHING, mask
from sidecar.proxy.selecting import Selecting
from tests.proxy.lightened import DOCUMENT, JSON, origin
from tests.proxy.script import exchange, request


def asked(selecting, target, method=b"GET", **more):
    one = exchange(None, request(method, target, **more))
    return one, selecting.receive(one)


@pytest.mark.parametrize(
    ("rule", "selecting", "target", "expected", "wanted"),
    [
        ("taken out", Selecting(b"fields"), b"/a?fields=id&b=1", b"/a?b=1", mask("id")),
        (
            "passed on",
            Selecting(b"fields", passes=True),
            b"/a?fields=id",
            b"/a?fields=id",
            mask("id"),
        ),
        ("not there", Selecting(b"fields"), b"/a?b=1", b"/a?b=1", None),
        ("cannot be read", Selecting(b"fields"), b"/a?fields=(", b"/a", None),
        ("an envelope", Selecting(b"fields", "data"), b"/a", b"/a", EVERYTHING),
        ("both", Selecting(b"fields", "data"), b"/a?fields=id", b"/a", mask("id")),
    ],
)
def test_receive(rule, selecting, target, expected, wanted):
    one, refusal = asked(selecting, target)
    assert refusal is None
    assert one.request.target == expected
    assert one.mask == wanted


def test_strict():
    _, refusal = asked(Selecting(b"fields", strict=True), b"/?fields=a,,b")
    assert refusal is not None
    assert refusal.status == 400


def test_only_what_reads():
    one, _ = asked(Selecting(b"fields"), b"/?fields=id", b"POST")
    assert one.request.target == b"/?fields=id"
    assert one.mask is None


def test_the_document_is_wanted_plain_and_whole():
    one, _ = asked(
        Selecting(b"fields"),
        b"/?fields=id",
        values={b"range": b"bytes=0-", b"accept-encoding": b"br"},
    )
    assert one.request.values == {
        b"host": b"example.org",
        b"accept-encoding": b"identity",
    }
    assert one.said[b"accept-encoding"] == b"br"


SELECTING = Selecting(b"fields", max_size=len(DOCUMENT))
IDS = mask("id") or EVERYTHING


@pytest.mark.parametrize(
    ("rule", "content", "fields"),
    [
        ("a document", DOCUMENT, {"kind": JSON}),
        (
            "of a type made of JSON",
            DOCUMENT,
            {"kind": b"application/hal+json; charset=utf-8"},
        ),
        (
            "compressed",
            gzip.compress(DOCUMENT, mtime=0),
            {"kind": JSON, "content_encoding": b"gzip"},
        ),
    ],
)
def test_selected(rule, content, fields):
    found = SELECTING.selected(origin(content, etag=b'"o"', **fields), content, IDS)
    assert found is not None
    head, content = found
    assert json.loads(content)[1] == {"id": 1}
    assert not {b"etag", b"content-encoding"} & head.values.keys()


@pytest.mark.parametrize(
    ("rule", "kind", "length", "tag"),
    [("a document", JSON, None, None), ("none", b"text/html", len(DOCUMENT), b'"o"')],
)
def test_a_head_says_nothing_of_what_is_not_selected(rule, kind, length, tag):
    found = SELECTING.unselected(origin(DOCUMENT, kind=kind, etag=b'"o"'))
    assert (found.content_length, found.values.get(b"etag")) == (length, tag), rule


@pytest.mark.parametrize(
    ("rule", "content", "fields"),
    [
        ("not a document", DOCUMENT, {"kind": b"text/html"}),
        (
            "other letters, and it says so",
            '[{"id":1}]'.encode("utf-16"),
            {"kind": b"application/json; charset=UTF-16"},
        ),
        (
            "escaped for who reads other letters",
            b'[{"id":"\\u00e9"}]',
            {"kind": b'application/json; Charset="iso-8859-1"'},
        ),
        ("an error", DOCUMENT, {"kind": JSON, "status": 500}),
        ("too large", DOCUMENT + b" ", {"kind": JSON}),
        ("not JSON", b"{", {"kind": JSON}),
        (
            "not to be changed",
            DOCUMENT,
            {"kind": JSON, "cache_control": b"no-transform"},
        ),
        ("in a coding unknown", DOCUMENT, {"kind": JSON, "content_encoding": b"x"}),
        ("rubbish", b"rubbish", {"kind": JSON, "content_encoding": b"gzip"}),
        (
            "too large undone",
            gzip.compress(DOCUMENT + b" ", mtime=0),
            {"kind": JSON, "content_encoding": b"gzip"},
        ),
        ("deep", b"[" * 5000, {"kind": JSON}),
    ],
)
def test_what_stays(rule, content, fields):
    assert SELECTING.selected(origin(content, **fields), content, IDS) is None
