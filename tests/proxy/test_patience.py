"""Which contents are waited for, one row per rule."""

import pytest

from sidecar.policy.validation import Validation
from sidecar.proxy.patience import PATIENCE, SHORT
from sidecar.proxy.rendering import Patience
from tests.proxy.lightened import Light, origin

LONG = SHORT + 1
PICTURE = b"image/png"
ETAG = {"etag": b'"o"'}


@pytest.mark.parametrize(
    ("rule", "said", "response", "waits"),
    [
        ("a tag is made", {}, {}, True),
        ("a tag is made beside a date", {}, {"last_modified": b"x"}, True),
        ("the origin's tag", {}, ETAG, False),
        ("the origin's tag, short", {}, ETAG | {"content_length": SHORT}, True),
        ("none is made beside a cookie", {}, {"set_cookie": b"a=b"}, False),
        ("none is made of no-store", {}, {"cache_control": b"no-store"}, False),
        ("it may be a 304", {"if_none_match": b'"x"'}, ETAG, True),
        ("it may be a part", {"range": b"bytes=0-1"}, ETAG, True),
        ("to be compressed", {"accept_encoding": b"br"}, ETAG | {"kind": b"text/x"}, True),
        ("not for this client", {"accept_encoding": b"x"}, ETAG | {"kind": b"text/x"}, False),
        ("not of this type", {"accept_encoding": b"br"}, ETAG, False),
        ("coded, as it is wanted", {"accept_encoding": b"br"}, ETAG | {"content_encoding": b"br"}, False),
        ("to be undone", {"accept_encoding": b"br"}, ETAG | {"content_encoding": b"gzip"}, True),
        ("of unknown length", {}, {"content_length": None}, False),
    ],
)  # fmt: skip
def test_long_contents(rule, said, response, waits):
    light = Light()
    head = origin(**({"content_length": LONG, "kind": PICTURE} | response))
    expected = Patience(1 << 20, PATIENCE) if waits else None
    assert light.rendering.collects(light.asked(**said), head) == expected


def test_a_long_content_that_gets_no_tag():
    light = Light(validation=Validation(makes=False))
    head = origin(content_length=LONG, kind=PICTURE)
    assert light.rendering.collects(light.asked(), head) is None
