"""Rows of the RFCs around RFC 9111: 9110, 5861, 8246, 9211, 9213 and 9875."""

import re

from tests.conformance.rfc9111 import MAX_STALE, NO_CACHE, invalidated_by, not_modified
from tests.conformance.rows import (
    FRESH,
    MODIFIED,
    OLD_DATE,
    STALE,
    TAG,
    Check,
    Row,
    Wire,
    asked_anew,
    both,
    not_stored,
    reused,
    validated,
)
from tests.harness.origin import reply
from tests.harness.sidecar import await_condition

TEXT = b"0123456789"


def said(wire: Wire, *fields: bytes) -> bytes:
    """The last Cache-Status, which is ours."""
    values = [v for n, v in wire.ask(*fields).fields if n == b"Cache-Status"]
    return values[-1] if values else b""


# RFC 9110


def what_a_304_has(wire: Wire) -> None:
    had = {
        b"cache-control": b"max-age=60",
        b"content-location": b"/here",
        b"etag": b'"a"',
        b"expires": OLD_DATE,
        b"vary": b"X-A",
    }
    lines = [b"%b: %b" % pair for pair in had.items()]
    wire.says(reply(TEXT, *lines, MODIFIED, b"Content-Type: text/x"))
    wire.ask()
    response = wire.ask(b'If-None-Match: "a"')
    assert (response.status, response.body) == (304, b"")
    assert {name: response.one(name) for name in had} == had
    assert response.one(b"date") is not None
    assert response.one(b"last-modified") is response.one(b"content-type") is None, (
        response
    )


def compared_weakly(wire: Wire) -> None:
    wire.says(reply(TEXT, FRESH, TAG))
    wire.ask()
    assert wire.ask(b'If-None-Match: W/"a"').status == 304


def an_error_heeds_no_condition(wire: Wire) -> None:
    wire.says(reply(TEXT, FRESH, TAG, status=b"404 Not Found"))
    wire.ask()
    assert wire.ask(b'If-None-Match: "a"').status == 404


def an_invalid_date_is_none(wire: Wire) -> None:
    wire.says(reply(TEXT, FRESH, MODIFIED))
    wire.ask()
    assert wire.ask(b"If-Modified-Since: yesterday").status == 200


def date_is_added(wire: Wire) -> None:
    wire.says(reply(TEXT, FRESH))
    dates = {wire.ask().one(b"date") for _ in range(2)}
    assert len(dates) == 1
    assert None not in dates


def a_date_is_kept(wire: Wire) -> None:
    wire.says(reply(TEXT, b"Date: " + OLD_DATE, b"Cache-Control: no-store"))
    assert wire.ask().one(b"date") == OLD_DATE


def range_and(condition: bytes, status: int) -> Check:
    def check(wire: Wire) -> None:
        date = b"Date: Mon, 07 Nov 1994 08:49:37 GMT"
        wire.says(
            reply(TEXT, TAG, MODIFIED, date, b"Cache-Control: max-age=9999999999")
        )
        wire.ask()
        fields = (b"Range: bytes=2-4", condition) if condition else (b"If-Range: x",)
        assert wire.ask(*fields).status == status

    return check


def ranges(value: bytes, status: int, body: bytes | None = None) -> Check:
    def check(wire: Wire) -> None:
        wire.says(reply(TEXT, FRESH, TAG))
        wire.ask()
        response = wire.ask(b"Range: " + value)
        assert response.status == status
        assert body in {None, response.body}
        if status == 416:
            assert response.one(b"content-range") == b"bytes */10"
        if status == 206:
            assert response.one(b"etag") == b'"a"'
            assert response.one(b"cache-control") == b"max-age=60"
            assert response.one(b"date") is not None

    return check


def no_range_of_a_head(wire: Wire) -> None:
    wire.says(reply(TEXT, FRESH, TAG))
    wire.ask()
    response = wire.ask(b"Range: bytes=2-4", method=b"HEAD")
    assert (response.status, response.one(b"content-length")) == (200, b"10")


def coded_tags_differ(wire: Wire) -> None:
    text = b"all work and no play " * 500
    wire.says(reply(text, FRESH, TAG, b"Content-Type: text/plain"))
    plain = wire.ask()
    coded = wire.ask(b"Accept-Encoding: gzip")
    assert coded.one(b"content-encoding") == b"gzip"
    assert coded.one(b"vary") == b"Accept-Encoding"
    assert plain.one(b"etag") != coded.one(b"etag")


# RFC 5861


def failing(status: bytes, *fields: bytes, body: bytes) -> Check:
    def check(wire: Wire) -> None:
        wire.says(reply(b"0", b"Age: 90", *fields), reply(b"1", status=status))
        wire.ask()
        assert wire.ask().body == body

    return check


ERROR = b"Cache-Control: max-age=60, stale-if-error=999"
REVALIDATE = b"Cache-Control: max-age=60, stale-while-revalidate=%d"


def refreshed_behind(wire: Wire) -> None:
    wire.says(reply(b"0", REVALIDATE % 999, b"Age: 90"), reply(b"1", FRESH))
    assert wire.ask().body == b"0"
    assert wire.ask().body == b"0"
    await_condition(lambda: wire.ask().body == b"1", 30.0)


# RFC 9211


def names_us(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH))
    assert re.fullmatch(rb"sidecar; fwd=uri-miss; ttl=\d+; stored", said(wire))
    assert re.fullmatch(rb"sidecar; hit; ttl=\d+", said(wire))


def why(expected: bytes, *replies: bytes, second: tuple[bytes, ...] = ()) -> Check:
    def check(wire: Wire) -> None:
        wire.says(*replies)
        wire.ask()
        value = said(wire, *second)
        assert b"fwd=" + expected in value, value
        assert b"; hit" not in value

    return check


def stale_is_negative(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, TAG, b"Age: 90"))
    wire.ask()
    assert b"hit; ttl=-3" in said(wire, *MAX_STALE)


def others_are_kept(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, b"Cache-Status: origin; hit"))
    for ours in (b"sidecar; fwd=", b"sidecar; hit"):
        values = [v for n, v in wire.ask().fields if n.lower() == b"cache-status"]
        first, second = b", ".join(values).split(b", ")
        assert first == b"origin; hit"
        assert second.startswith(ours)


# RFC 9213

CDN = b"CDN-Cache-Control: "


def passed_on(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, b"Frob-Cache-Control: no-store", CDN + b"max-age=9"))
    for _ in range(2):
        response = wire.ask()
        assert response.one(b"frob-cache-control") == b"no-store"
        assert response.one(b"cdn-cache-control") == b"max-age=9"
    assert len(wire.asked()) == 1


# RFC 9875


def groups(
    count: int, *, method: bytes = b"POST", host: bytes = b"t", gone: bool
) -> Check:
    def check(wire: Wire) -> None:
        names = [b'"%032d"' % n for n in range(count)]
        wire.says(
            reply(b"0", FRESH, b"Cache-Groups: " + b", ".join(names) + b";x=1"),
            reply(b"1", FRESH),
        )
        wire.ask()
        other = Wire(wire.sidecar, wire.origin)
        other.says(reply(b"", b"Cache-Group-Invalidation: " + names[-1]))
        other.ask(b"Host: " + host, method=method) if host != b"t" else other.ask(
            method=method
        )
        assert (wire.ask().body == b"1") is gone

    return check


ROWS = [
    # RFC 9110
    Row("9110 §6.6.1", "MUST", "add Date to what comes without", date_is_added),
    Row("9110 §6.6.1", "MUST NOT", "change a Date that is there", a_date_is_kept),
    Row("9110 §8.8.3", "MUST", "a strong tag is of one coding alone", coded_tags_differ),
    Row("9110 §12.5.5", "MUST NOT", "send Vary: *", reason="we add field names to Vary, and nothing else"),
    Row("9110 §13.1.2", "MUST", "compare weakly", compared_weakly),
    Row("9110 §13.1.3", "MUST", "ignore a date that is none", an_invalid_date_is_none),
    Row("9110 §13.1.5", "MUST", "ignore If-Range without Range", range_and(b"", 200)),
    Row("9110 §13.1.5", "MUST", "compare If-Range strongly", both(
        range_and(b'If-Range: "a"', 206), range_and(b'If-Range: W/"a"', 200), range_and(b'If-Range: "b"', 200))),
    Row("9110 §13.1.5", "MUST", "or by the very date", both(
        range_and(b"If-Range: " + OLD_DATE, 206), range_and(b"If-Range: Sun, 06 Nov 1994 08:49:38 GMT", 200))),
    Row("9110 §13.2.1", "MUST", "ignore conditions where the answer is no 2xx", an_error_heeds_no_condition),
    Row("9110 §14.2", "MUST", "ignore Range of anything but GET", no_range_of_a_head),
    Row("9110 §14.2", "MUST", "ignore an unknown unit", ranges(b"lines=1-2", 200, TEXT)),
    Row("9110 §14.2", "SHOULD", "ignore or refuse what is wasteful", ranges(b"bytes=" + b",".join([b"0-"] * 50), 200, TEXT)),
    Row("9110 §15.3.7", "MUST", "a 206 has the fields of the 200", ranges(b"bytes=-3", 206, b"789")),
    Row("9110 §15.3.7.2", "MUST NOT", "several parts for one range", ranges(b"bytes=1-1", 206, b"1")),
    Row("9110 §15.4.5", "MUST", "a 304 has what tells the stored response apart", what_a_304_has),
    Row("9110 §15.4.5", "SHOULD NOT", "and no other fields of the representation", what_a_304_has),
    Row("9110 §15.5.17", "SHOULD", "a 416 tells the length", ranges(b"bytes=99-", 416)),
    # RFC 5861
    Row("5861 §3", "SHOULD", "revalidate while the stale one is served", refreshed_behind),
    Row("5861 §3", "SHOULD NOT", "serve it longer than that", asked_anew(REVALIDATE % 20, TAG, b"Age: 90")),
    Row("5861 §4", "MAY", "the stale one on 500, 502, 503, 504", both(
        *(failing(b"%d Oops" % status, ERROR, body=b"0") for status in (500, 502, 503, 504)))),
    Row("5861 §4", "MAY", "not on others", both(
        *(failing(b"%d Oops" % status, ERROR, body=b"1") for status in (404, 410, 501)))),
    Row("5861 §4", "SHOULD NOT", "serve it longer than that", failing(b"500 Oops", b"Cache-Control: max-age=60, stale-if-error=20", TAG, body=b"1")),
    # RFC 8246
    Row("8246 §2", "SHOULD", "do not revalidate for a reload what is immutable", reused(b"Cache-Control: max-age=60, immutable", b"Age: 30", second=(b"Cache-Control: max-age=0",))),
    Row("8246 §2", "SHOULD", "but for a client that says no-cache", asked_anew(b"Cache-Control: max-age=60, immutable", TAG, second=NO_CACHE)),
    Row("8246 §2", "", "stale, it is as any other", validated(b"Cache-Control: max-age=0, immutable", TAG)),
    # RFC 9211
    Row("9211 §2", "MUST", "members have a token for a name; hit and fwd exclude each other", names_us),
    Row("9211 §2", "SHOULD", "keep what other caches said", others_are_kept),
    Row("9211 §2", "SHOULD NOT", "say anything of our own errors", reason="what was forwarded and failed says why it was forwarded: whoever looks for the fault asks just that"),
    Row("9211 §2.2", "SHOULD", "the most specific reason", both(
        why(b"stale; fwd-status=304", reply(b"0", STALE, TAG), not_modified(TAG)),
        why(b"request", reply(b"0", FRESH), second=NO_CACHE),
        why(b"vary-miss", reply(b"0", FRESH, b"Vary: X-A"), second=(b"X-A: 1",)),
        why(b"uri-miss; detail=no-store", reply(b"0", b"Cache-Control: no-store, max-age=60")))),
    Row("9211 §2.4", "", "ttl is negative where it is stale", stale_is_negative),
    # RFC 9213
    Row("9213 §2.1", "MUST", "ignore a targeted field that is empty or malformed", both(
        reused(FRESH, CDN), reused(FRESH, CDN + b"no-store;;"), reused(FRESH, CDN + b"max-age=")) ),
    Row("9213 §2.1", "SHOULD NOT", "read a value of another type", both(
        asked_anew(FRESH, TAG, CDN + b"max-age=60.0"), asked_anew(FRESH, TAG, CDN + b'max-age="60"'))),
    Row("9213 §2.2", "MUST", "the first valid one of the list counts", both(
        reused(b"Sidecar-Cache-Control: max-age=60", CDN + b"no-store"),
        not_stored(b"Sidecar-Cache-Control: no-store", CDN + b"max-age=60"))),
    Row("9213 §2.2", "MUST", "then Cache-Control and Expires mean nothing", both(
        reused(b"Cache-Control: no-store", CDN + b"max-age=60"),
        not_stored(b"Expires: Sun, 06 Nov 2094 08:49:37 GMT", CDN + b"none"))),
    Row("9213 §2.2", "MUST", "others change nothing and are passed on", passed_on),
    Row("9213 §2.2", "MUST", "max-age, must-revalidate, no-store, no-cache and private hold", both(
        asked_anew(CDN + b"max-age=60", TAG, b"Age: 61"),
        validated(CDN + b"max-age=0, must-revalidate", TAG),
        not_stored(FRESH, CDN + b"max-age=60, no-store"),
        validated(FRESH, CDN + b"max-age=60, no-cache", TAG),
        not_stored(FRESH, CDN + b"max-age=60, private"))),
    Row("9213 §2.2", "SHOULD", "and whatever else Cache-Control has", failing(b"500 Oops", CDN + b"max-age=60, stale-if-error=999", body=b"0")),
    # RFC 9875
    Row("9875 §2", "MUST", "32 groups of 32 characters; parameters are ignored", groups(32, gone=True)),
    Row("9875 §2.1", "", "groups are of one origin", groups(1, host=b"elsewhere", gone=False)),
    Row("9875 §3", "MUST", "ignore an invalidation by a safe method", groups(1, method=b"GET", gone=False)),
    Row("9875 §3", "MAY", "by an unsafe one it goes", both(groups(1, gone=True), invalidated_by(b"POST", b"201 Created"))),
]  # fmt: skip
