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


def test_who_gets_none_of_it_is_told_nothing_of_the_whole():
    """Whoever kept that would have an error instead of the whole, for as long."""
    whole = origin(
        cache_control=b"public, max-age=600",
        expires=b"Tue, 17 Nov 2026 10:00:00 GMT",
        last_modified=b"Mon, 16 Nov 2026 10:00:00 GMT",
        cdn_cache_control=b"max-age=600",
        surrogate_control=b"max-age=600",
        vary=b"Origin",
    )
    found = part(whole, TEXT, {b"range": b"bytes=99999-"})
    assert found is not None
    assert found[0].values.keys() == {b"content-range", b"vary"}


def test_of_what_is_coded_several_parts_are_none():
    """A client would undo the coding of the message: of the parts and all around."""
    coded = origin(content_encoding=b"gzip")
    assert part(coded, TEXT, {b"range": b"bytes=0-1,-2"}) is None
    assert part(coded, TEXT, {b"range": b"bytes=0-1"}) is not None
    plain = origin(content_encoding=b"Identity")
    assert part(plain, TEXT, {b"range": b"bytes=0-1,-2"}) is not None


def test_the_whole():
    assert part(origin(), TEXT, {}) is None
    assert part(origin(), TEXT, {b"range": b"lines=1-2"}) is None
    assert part(origin(accept_ranges=b"none"), TEXT, {b"range": b"bytes=0-1"}) is None
    conditional = {b"range": b"bytes=0-1", b"if-range": b'"b"'}
    assert part(origin(etag=b'"a"'), TEXT, conditional) is None
