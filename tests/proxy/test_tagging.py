"""Tags, and what a request gets by them; the rest is in test_lightening."""

import pytest

from sidecar.policy.compression import Skipped
from sidecar.policy.validation import Validation, digest, etag
from sidecar.proxy.tagging import confirmed_head, less, tagged
from tests.proxy.lightened import TEXT, Light, origin

TAG = etag(digest(TEXT))
CODED = TAG[:-1] + b'-br"'
DATE, LATER = b"Mon, 16 Nov 2026 10:00:00 GMT", b"Mon, 16 Nov 2026 11:00:00 GMT"
PART = {b"range": b"bytes=0-1"}


@pytest.mark.parametrize(
    ("rule", "validation", "method", "fields", "judged", "tag"),
    [
        ("ours", Validation(), b"GET", {}, digest(TEXT), TAG),
        ("the origin's", Validation(), b"GET", {"etag": b'"o"'}, b"", b'"o"'),
        ("none is made", Validation(makes=False), b"GET", {}, b"", None),
        ("off", None, b"GET", {}, None, None),
        ("what GET would get", Validation(), b"HEAD", {}, digest(TEXT), TAG),
        ("of what was done", Validation(), b"POST", {}, None, None),
        ("of an error", Validation(), b"GET", {"status": 404}, None, None),
    ],
)
def test_tagged(rule, validation, method, fields, judged, tag):
    head, one = origin(**fields), Light().asked(method=method)
    assert tagged(validation, one, head, TEXT) == judged
    assert head.values.get(b"etag") == tag


@pytest.mark.parametrize(
    ("rule", "method", "said", "coding", "status", "done"),
    [
        ("all of it", b"GET", {}, b"br", None, None),
        ("it has it", b"GET", {b"if-none-match": TAG}, Skipped.SMALL, 304, None),
        ("coded", b"GET", {b"if-none-match": CODED, b"accept-encoding": b"br"}, b"br", 304, None),
        ("another", b"GET", {b"if-none-match": b'"x"'}, b"br", None, None),
        ("a part", b"GET", {b"range": b"bytes=0-1"}, b"br", 206, Skipped.RANGE),
        ("it has it: no part", b"GET", {b"if-none-match": TAG, b"range": b"bytes=0-1"}, b"br", 304, None),
        ("no such part", b"GET", {b"range": b"bytes=99999-"}, b"br", 416, Skipped.RANGE),
        ("a part of what it has of it", b"GET", PART | {b"if-range": TAG}, b"br", 206, Skipped.RANGE),
        ("which may be coded", b"GET", PART | {b"if-range": DATE}, b"br", None, None),
        ("or not", b"GET", PART | {b"if-range": DATE}, Skipped.SMALL, 206, Skipped.RANGE),
        ("it has it: no content", b"HEAD", {b"if-none-match": TAG}, b"br", 304, None),
        ("no part of no content", b"HEAD", {b"range": b"bytes=0-1"}, b"br", None, None),
    ],
)  # fmt: skip
def test_less(rule, method, said, coding, status, done):
    one = Light().asked(method=method)
    one.said = said
    head = origin(etag=TAG, last_modified=DATE, date=LATER)
    made = less(one, head, TEXT, coding, (b"br", b"gzip"))
    if made is None:
        assert status is None
    else:
        assert (made[0].status, made[2]) == (status, done)


def test_a_head_is_confirmed_by_its_date():
    date = b"Mon, 16 Nov 2026 10:00:00 GMT"
    head = origin(last_modified=date)
    assert confirmed_head({b"accept": b"x"}, head, b"br", ()) is None
    found = confirmed_head({b"if-modified-since": date}, head, b"br", ())
    assert found is not None
    assert found.status == 304
