"""A part of a content that is held whole."""

import re

from sidecar.proxy.part import part
from tests.proxy.lightened import TEXT, origin


def test_one():
    found = part(origin(content_digest=b"x"), TEXT, {b"range": b"bytes=2-5"})
    assert found is not None
    head, content = found
    assert (head.status, content) == (206, TEXT[2:6])
    assert head.values[b"content-range"] == b"bytes 2-5/%d" % len(TEXT)
    assert head.values[b"content-type"] == b"text/plain"
    assert b"content-digest" not in head.values
    assert head.content_length is None


def test_several():
    found = part(origin(), TEXT, {b"range": b"bytes=0-1,-2"})
    assert found is not None
    head, content = found
    match = re.fullmatch(
        rb"multipart/byteranges; boundary=(\w+)", head.values[b"content-type"]
    )
    assert match is not None
    assert content.count(b"--" + match[1]) == 3
    assert content.count(b"Content-Type: text/plain") == 2
    assert b"content-range" not in head.values


def test_none_of_it():
    found = part(origin(etag=b'"a"'), TEXT, {b"range": b"bytes=99999-"})
    assert found is not None
    head, content = found
    assert (head.status, content) == (416, b"")
    assert head.values == {b"content-range": b"bytes */%d" % len(TEXT)}


def test_the_whole():
    assert part(origin(), TEXT, {}) is None
    assert part(origin(), TEXT, {b"range": b"lines=1-2"}) is None
    assert part(origin(accept_ranges=b"none"), TEXT, {b"range": b"bytes=0-1"}) is None
    conditional = {b"range": b"bytes=0-1", b"if-range": b'"b"'}
    assert part(origin(etag=b'"a"'), TEXT, conditional) is None
