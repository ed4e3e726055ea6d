"""Rows of RFC 9111: all that it says with MUST or SHOULD to a shared cache."""

from tests.conformance.rows import (
    FRESH,
    MODIFIED,
    OLD_DATE,
    STALE,
    TAG,
    Row,
    Wire,
    asked_anew,
    both,
    not_stored,
    reused,
    validated,
)
from tests.harness.origin import End, reply

AUTHORIZED = (b"Authorization: Basic dTpw",)
NOT_MODIFIED = b"HTTP/1.1 304 Not Modified\r\n"
ENGLISH, GERMAN = (b"Accept-Language: en",), (b"Accept-Language: de",)
VARY = b"Vary: Accept-Language"
NO_CACHE = (b"Cache-Control: no-cache",)
MAX_STALE = (b"Cache-Control: max-stale",)


def not_modified(*fields: bytes) -> bytes:
    return b"\r\n".join([NOT_MODIFIED[:-2], *fields]) + b"\r\n\r\n"


# §3, §3.1


def interim_is_not_stored(wire: Wire) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n" + FRESH + b"\r\n\r\n"
    wire.says(hints + reply(b"0"), reply(b"1"))
    assert [wire.ask().body for _ in range(2)] == [b"0", b"1"]


def all_fields_are_kept(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, b"X-Unknown: 1", b"X-Twice: a", b"X-Twice: b"))
    wire.ask()
    fields = wire.ask().fields
    assert (b"X-Unknown", b"1") in fields
    assert [v for n, v in fields if n == b"X-Twice"] == [b"a", b"b"]


def connections_fields_are_not(wire: Wire) -> None:
    wire.says(
        reply(b"0", FRESH, b"Connection: x-hop", b"X-Hop: 1", b"Keep-Alive: timeout=5")
    )
    for _ in range(2):
        response = wire.ask()
        assert response.one(b"x-hop") is response.one(b"keep-alive") is None


def proxy_fields_are_not(wire: Wire) -> None:
    names = (b"Proxy-Authenticate", b"Proxy-Authentication-Info")
    wire.says(reply(b"0", FRESH, *(name + b": x" for name in names)))
    wire.ask()
    response = wire.ask()
    assert all(response.one(name.lower()) is None for name in names)


def trailers_are_no_fields(wire: Wire) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n" + FRESH
    wire.says(head + b"\r\n\r\n1\r\n0\r\n0\r\nX-Late: 1\r\n\r\n")
    wire.ask()
    response = wire.ask()
    assert (response.body, response.one(b"x-late")) == (b"0", None)


# §3.2, §4.3.4


def a_304_updates(wire: Wire) -> None:
    wire.says(
        reply(b"0", STALE, TAG, b"X-A: 1", b"X-B: 1"),
        not_modified(TAG, FRESH, b"X-A: 2", b"X-A: 3", b"X-C: 4"),
    )
    wire.ask()
    for response in (wire.ask(), wire.ask()):
        assert [v for n, v in response.fields if n == b"X-A"] == [b"2", b"3"]
        assert response.one(b"x-b") == b"1"
        assert response.one(b"x-c") == b"4"
        assert response.one(b"cache-control") == b"max-age=60"
    assert len(wire.asked()) == 2


def a_304_does_not_update_the_length(wire: Wire) -> None:
    wire.says(
        reply(b"12345", STALE, TAG),
        not_modified(TAG, FRESH, b"Content-Length: 3"),
    )
    assert wire.ask().body == wire.ask().body == wire.ask().body == b"12345"


def a_304_of_another_updates_nothing(wire: Wire) -> None:
    wire.says(
        reply(b"0", STALE, TAG, b"X-A: 1"),
        not_modified(b'ETag: "other"', FRESH, b"X-A: 2"),
    )
    wire.ask()
    assert wire.ask().one(b"x-a") == b"1"
    assert wire.ask().one(b"x-a") == b"1"
    assert len(wire.asked()) == 3


def a_304_is_not_stored(wire: Wire) -> None:
    wire.says(not_modified(FRESH, TAG), reply(b"1", FRESH))
    assert wire.ask(b'If-None-Match: "a"').status in {304, 200}
    assert wire.ask().body == b"1"


# §3.3, §3.4


def cut_is_not_stored(wire: Wire) -> None:
    whole = reply(b"0123456789", FRESH)
    wire.says((whole[:-5], End.FIN), reply(b"whole", FRESH))
    try:
        wire.ask()
    except AssertionError as cut:
        assert "incomplete" in str(cut)  # noqa: PT017
    assert wire.ask().body == b"whole"


def parts_are_marked(wire: Wire) -> None:
    wire.says(reply(b"0123456789", FRESH, TAG))
    wire.ask()
    response = wire.ask(b"Range: bytes=2-4")
    assert (response.status, response.body) == (206, b"234")
    assert response.one(b"content-range") == b"bytes 2-4/10"


# §4


def other_urls_are_others(wire: Wire) -> None:
    reused(FRESH)(wire)
    path = wire.path
    wire.says(reply(b"query", FRESH))
    wire.path = path + b"?a=1"
    assert wire.ask().body == b"query"
    for other in (path + b"/", path + b"%2E"):
        wire.path = other
        wire.says(reply(b"other", FRESH))
        assert wire.ask().body == b"other"


def heads_do_not_answer_gets(wire: Wire) -> None:
    head = reply(b"", FRESH).replace(b"Content-Length: 0", b"Content-Length: 1")
    wire.says(head, reply(b"1", FRESH))
    wire.ask(method=b"HEAD")
    assert wire.ask().body == b"1"
    assert wire.ask(method=b"HEAD").one(b"content-length") == b"1"
    assert len(wire.asked()) == 2


def posts_are_not_reused(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH), reply(b"1", FRESH), reply(b"2", FRESH))
    asked = [wire.ask(method=b"POST") for _ in range(2)]
    assert [one.body for one in (*asked, wire.ask())] == [b"0", b"1", b"2"]


def age_is_told(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, b"Age: 30"))
    wire.ask()
    assert [v for n, v in wire.ask().fields if n.lower() == b"age"] in (
        [b"%d" % age] for age in range(30, 60)
    )


def unsafe_goes_through(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH))
    wire.ask()
    for method in (b"POST", b"PUT", b"DELETE", b"PATCH", b"LOCK"):
        wire.says(reply(method))
        assert wire.ask(method=method).body == method
    assert len(wire.asked()) == 6


# §4.1


def variants(wire: Wire) -> None:
    wire.says(reply(b"en", FRESH, VARY), reply(b"de", FRESH, VARY))
    asked = [ENGLISH, GERMAN, ENGLISH, GERMAN]
    assert [wire.ask(*one).body for one in asked] == [b"en", b"de", b"en", b"de"]


def absent_matches_absent(wire: Wire) -> None:
    wire.says(reply(b"none", FRESH, VARY), reply(b"en", FRESH, VARY))
    asked = [(), ENGLISH, (), (b"Accept-Language:",)]
    assert [wire.ask(*one).body for one in asked[:3]] == [b"none", b"en", b"none"]
    wire.says(reply(b"empty", FRESH, VARY))
    assert wire.ask(*asked[3]).body == b"empty"


def spelling_matches(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, b"Vary: X-A"))
    wire.ask(b"X-A: a, b")
    assert wire.ask(b"X-A: a", b"X-A: b").body == wire.ask(b"X-A:  a,b ").body == b"0"
    assert len(wire.asked()) == 1


def the_one_that_varies_stays(wire: Wire) -> None:
    wire.says(reply(b"en", FRESH, VARY), reply(b"default", FRESH))
    assert wire.ask(*ENGLISH).body == b"en"
    assert wire.ask(*GERMAN).body == b"default"
    assert wire.ask(*ENGLISH).body == b"en"


# §4.2.4, §5.2.2


def dead(*fields: bytes, second: tuple[bytes, ...] = (), stale: bool = False):
    """What becomes of a stale response when the origin is gone."""

    def check(wire: Wire) -> None:
        old = reply(b"0", *fields, b"Age: 90")
        wire.says(old, (End.RST,))
        wire.ask()
        response = wire.ask(*second)
        assert (response.body == b"0") is stale
        assert response.status == (200 if stale else 502)

    return check


# §4.3


def validators_are_sent(wire: Wire) -> None:
    wire.says(reply(b"0", STALE, TAG, MODIFIED), not_modified(TAG))
    wire.ask()
    wire.ask()
    asked = wire.asked()[1]
    assert asked.one(b"if-none-match") == b'"a"'
    assert asked.one(b"if-modified-since") == OLD_DATE


def conditions_are_judged(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, TAG, MODIFIED))
    wire.ask()
    for condition, status in (
        (b'If-None-Match: "a"', 304),
        (b'If-None-Match: W/"a"', 304),
        (b'If-None-Match: "b", "a"', 304),
        (b"If-None-Match: *", 304),
        (b'If-None-Match: "b"', 200),
        (b"If-Modified-Since: " + OLD_DATE, 304),
        (b"If-Modified-Since: Sun, 06 Nov 1994 08:49:36 GMT", 200),
    ):
        assert wire.ask(condition).status == status, condition
    assert len(wire.asked()) == 1


def unknown_is_asked(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, TAG))
    assert wire.ask(b'If-None-Match: "b"').status == 200
    assert len(wire.asked()) == 1


def tag_before_date(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, TAG, MODIFIED))
    wire.ask()
    conditions = (b'If-None-Match: "b"', b"If-Modified-Since: " + OLD_DATE)
    assert wire.ask(*conditions).status == 200


def date_for_last_modified(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH))
    date = wire.ask().one(b"date")
    assert date is not None
    assert wire.ask(b"If-Modified-Since: " + date).status == 304
    assert wire.ask(b"If-Modified-Since: " + OLD_DATE).status == 200


def origins_conditions_go_on(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH, TAG), reply(b"1", FRESH, TAG))
    wire.ask()
    for condition in (b'If-Match: "b"', b"If-Unmodified-Since: " + OLD_DATE):
        assert wire.ask(condition).body == b"1"
        name, _, value = condition.partition(b": ")
        assert wire.asked()[-1].one(name.lower()) == value


def a_full_response_replaces(wire: Wire) -> None:
    wire.says(reply(b"0", STALE, TAG), reply(b"1", FRESH, b'ETag: "b"'))
    assert [wire.ask().body for _ in range(3)] == [b"0", b"1", b"1"]


def others_tags_get_a_200(wire: Wire) -> None:
    wire.says(reply(b"0", STALE, TAG), not_modified(TAG, FRESH))
    wire.ask()
    response = wire.ask(b'If-None-Match: "theirs"')
    assert (response.status, response.body) == (200, b"0")


# §4.3.5


def head(*fields: bytes, length: int = 1) -> bytes:
    whole = reply(b"", *fields)
    return whole.replace(b"Content-Length: 0", b"Content-Length: %d" % length)


def a_head_updates(wire: Wire) -> None:
    wire.says(
        reply(b"0", STALE, TAG, b"X-A: 1"), head(TAG, FRESH, b"X-A: 2"), reply(b"1")
    )
    wire.ask()
    wire.ask(method=b"HEAD")
    response = wire.ask()
    assert (response.body, response.one(b"x-a")) == (b"0", b"2")


def a_head_of_another_makes_stale(wire: Wire) -> None:
    for other in (head(b'ETag: "b"', FRESH), head(TAG, FRESH, length=9)):
        wire.says(reply(b"0", FRESH, TAG), other, reply(b"1", FRESH))
        wire.ask()
        wire.ask(*NO_CACHE, method=b"HEAD")
        assert wire.ask().body == b"1"
        wire.path += b"x"


# §4.4


def invalidated_by(method: bytes, status: bytes, *fields: bytes, gone: bool = True):
    def check(wire: Wire) -> None:
        wire.says(
            reply(b"0", FRESH),
            reply(b"", *fields, status=status),
            reply(b"1", FRESH),
        )
        wire.ask()
        wire.ask(method=method)
        assert (wire.ask().body == b"1") is gone

    return check


def named_too(name: bytes, *, same: bool):
    def check(wire: Wire) -> None:
        other = Wire(wire.sidecar, wire.origin)
        other.says(reply(b"0", FRESH), reply(b"1", FRESH))
        other.ask()
        origin = b"http://t" if same else b"http://elsewhere"
        wire.says(reply(b"", name + b": " + origin + other.path))
        wire.ask(method=b"POST")
        assert (other.ask().body == b"1") is same

    return check


# §5


def directives_pass(wire: Wire) -> None:
    ours = b"max-age=60, x-ext=1, no-transform"
    wire.says(reply(b"0", b"Cache-Control: " + ours))
    said = b"max-stale=5, x-theirs, min-fresh=1"
    for _ in range(2):
        response = wire.ask(b"Cache-Control: " + said)
        assert response.one(b"cache-control") == ours
    assert wire.asked()[0].one(b"cache-control") == said


def not_transformed(wire: Wire) -> None:
    text = b"all work and no play " * 500
    fields = (b"Cache-Control: max-age=60, no-transform", b"Content-Type: text/plain")
    wire.says(reply(text, *fields))
    for _ in range(2):
        response = wire.ask(b"Accept-Encoding: gzip, br, zstd")
        assert response.one(b"content-encoding") is None
        assert response.body == text


def no_field_of_one_user(name: bytes):
    def check(wire: Wire) -> None:
        says = b"Cache-Control: max-age=60, " + name + b'="X-User, x-other"'
        wire.says(reply(b"0", says, b"X-User: u", b"X-Other: o", b"X-All: a"))
        first, second = wire.ask(), wire.ask()
        assert (first.one(b"x-user"), first.body) == (b"u", b"0")
        assert second.one(b"x-user") is second.one(b"x-other") is None
        assert (second.one(b"x-all"), second.body) == (b"a", b"0")

    return check


def nothing_stored(wire: Wire) -> None:
    wire.says(reply(b"0", FRESH))
    only = b"Cache-Control: only-if-cached"
    assert wire.ask(only).status == 504
    assert wire.asked() == []
    wire.ask()
    assert wire.ask(only).body == b"0"


DATE = b"Date: Sun, 06 Nov 2094 08:49:37 GMT"


def expires(value: bytes, *others: bytes):
    return (DATE, b"Expires: " + value, TAG, *others)


ROWS = [
    Row("9111 §1.2.2", "MUST", "a delta that is too large counts as 2^31", reused(b"Cache-Control: max-age=99999999999999999999")),
    # §3
    Row("9111 §3", "MUST NOT", "store what a method is answered with that it does not understand", posts_are_not_reused),
    Row("9111 §3", "MUST NOT", "store what is not final", both(
        interim_is_not_stored, not_stored(b"X: y"))),
    Row("9111 §3", "MUST NOT", "store a 206 without understanding it: none is stored", not_stored(FRESH, b"Content-Range: bytes 0-0/9", status=b"206 Partial Content")),
    Row("9111 §3", "MUST NOT", "store a 304 without understanding it: it answers nobody else", a_304_is_not_stored),
    Row("9111 §3", "MUST NOT", "store with must-understand what it does not understand", not_stored(b"Cache-Control: max-age=60, must-understand", status=b"299 Odd")),
    Row("9111 §3", "MUST NOT", "store what says no-store", not_stored(b"Cache-Control: max-age=60, no-store")),
    Row("9111 §3", "MUST NOT", "store what says private", not_stored(b"Cache-Control: max-age=60, private")),
    Row("9111 §3", "MUST NOT", "store for Authorization, unless that is allowed", not_stored(FRESH, first=AUTHORIZED)),
    Row("9111 §3", "MUST NOT", "store what says nothing of being stored", not_stored()),
    # §3.1
    Row("9111 §3.1", "MUST", "all received fields are stored, unknown ones too", all_fields_are_kept),
    Row("9111 §3.1", "MUST", "fields of the connection are not forwarded", connections_fields_are_not),
    Row("9111 §3.1", "MUST NOT", "store fields of the proxy that was used", proxy_fields_are_not),
    Row("9111 §3.1", "MUST NOT", "combine trailers with fields", trailers_are_no_fields),
    Row("9111 §3.1", "MUST", "X-Request-Id of the origin is stored", reason="each answer has the one of its own request; what was answered once has no other's"),
    Row("9111 §3.1", "MUST", "Set-Cookie is stored with the rest", reason="a response with it is not stored at all: it is one user's"),
    # §3.2
    Row("9111 §3.2", "MUST", "each field of the update replaces the stored ones", a_304_updates),
    Row("9111 §3.2", "MUST", "but Content-Length", a_304_does_not_update_the_length),
    Row("9111 §3.2", "SHOULD", "limit what processing leaves out of an update", reason="codings are made of what is stored, which is as it came"),
    # §3.3, §3.4, §3.5
    Row("9111 §3.3", "MUST NOT", "store what is incomplete without supporting ranges of it", cut_is_not_stored),
    Row("9111 §3.3", "MUST NOT", "answer with what is incomplete", cut_is_not_stored),
    Row("9111 §3.3", "MUST NOT", "send a part without saying so", parts_are_marked),
    Row("9111 §3.4", "MUST", "update fields when parts are combined", reason="parts are not stored, and never combined"),
    Row("9111 §3.5", "MUST NOT", "reuse for others what was asked for with Authorization", asked_anew(FRESH, first=AUTHORIZED)),
    Row("9111 §3.5", "MUST NOT", "unless must-revalidate, public or s-maxage allow it", both(
        reused(b"Cache-Control: max-age=60, public", first=AUTHORIZED),
        reused(b"Cache-Control: max-age=60, must-revalidate", first=AUTHORIZED),
        reused(b"Cache-Control: s-maxage=60", first=AUTHORIZED))),
    # §4
    Row("9111 §4", "MUST NOT", "reuse for another URI", other_urls_are_others),
    Row("9111 §4", "MUST NOT", "reuse for a method that does not allow it", heads_do_not_answer_gets),
    Row("9111 §4", "MUST NOT", "reuse for other fields that Vary names", variants),
    Row("9111 §4", "MUST NOT", "reuse with no-cache, unless validated", validated(b"Cache-Control: no-cache, max-age=60", TAG)),
    Row("9111 §4", "MUST NOT", "reuse what is neither fresh, allowed stale, nor validated", asked_anew(STALE, TAG)),
    Row("9111 §4", "MUST", "tell the age of what is reused", age_is_told),
    Row("9111 §4", "MUST", "write unsafe requests through", unsafe_goes_through),
    Row("9111 §4", "MUST", "use the most recent of several", reason="of a key and variant only one is stored, the last"),
    Row("9111 §4", "MUST", "validate each time where there is no clock", reason="there is one"),
    # §4.1
    Row("9111 §4.1", "MUST NOT", "reuse where a field that Vary names differs", asked_anew(FRESH, VARY, first=ENGLISH, second=GERMAN)),
    Row("9111 §4.1", "MUST NOT", "an absent field matches an absent one alone", absent_matches_absent),
    Row("9111 §4.1", "MUST NOT", "but for spaces and lines", spelling_matches),
    Row("9111 §4.1", "MUST NOT", "reuse with a Vary that has *", both(
        asked_anew(FRESH, b"Vary: *"), asked_anew(FRESH, b"Vary: X-A, *"), asked_anew(FRESH, b"Vary: X-A", b"Vary: *"))),
    Row("9111 §4.1", "SHOULD", "prefer those with a Vary to one without", the_one_that_varies_stays),
    # §4.2
    Row("9111 §4.2", "SHOULD", "read dates without regard to case", reused(*expires(b"sun, 06 nov 2094 09:49:37 gmt"))),
    Row("9111 §4.2", "MUST", "take the nearest earlier time for a date", reason="times have a finer resolution than dates"),
    Row("9111 §4.2", "MUST NOT", "let local time zones count", reused(*expires(b"Sun, 06 Nov 2094 08:49:47 GMT"))),
    Row("9111 §4.2", "SHOULD", "take a zone other than GMT for invalid", asked_anew(*expires(b"Sun, 06 Nov 2094 09:49:37 EST"))),
    Row("9111 §4.2.1", "ought to", "s-maxage, max-age, Expires, in this order", both(
        reused(b"Cache-Control: s-maxage=60, max-age=0", TAG),
        asked_anew(b"Cache-Control: s-maxage=0, max-age=60", TAG),
        reused(*expires(b"Sun, 06 Nov 2094 09:49:37 GMT")))),
    Row("9111 §4.2.1", "ought to", "what contradicts itself or is none is stale", both(
        asked_anew(b"Cache-Control: max-age=60, max-age=0", TAG),
        asked_anew(b"Cache-Control: max-age=6.0", TAG),
        asked_anew(b"Cache-Control: max-age=60, no-cache", TAG))),
    Row("9111 §4.2.2", "MUST NOT", "guess where an explicit time is there", asked_anew(STALE, MODIFIED)),
    Row("9111 §4.2.2", "MUST NOT", "guess for statuses that do not allow it", not_stored(MODIFIED, status=b"302 Found")),
    Row("9111 §4.2.3", "MUST", "count the age from the request, not from the response", reason="tests/policy/test_freshness.py: on the wire both are the same moment"),
    # §4.2.4
    Row("9111 §4.2.4", "MUST NOT", "stale, where a directive forbids it", both(
        dead(b"Cache-Control: max-age=60, must-revalidate, stale-if-error=999", second=MAX_STALE),
        dead(b"Cache-Control: max-age=60, proxy-revalidate, stale-if-error=999", second=MAX_STALE),
        dead(b"Cache-Control: s-maxage=60", second=MAX_STALE),
        dead(b"Cache-Control: no-cache, max-age=60, stale-if-error=999", TAG, second=MAX_STALE))),
    Row("9111 §4.2.4", "MUST NOT", "stale, unless the origin or the client allows it", both(
        dead(FRESH, TAG),
        dead(b"Cache-Control: max-age=60, stale-if-error=999", stale=True),
        dead(FRESH, TAG, second=MAX_STALE, stale=True))),
    # §4.3
    Row("9111 §4.3.1", "MUST", "send the stored entity tag", validators_are_sent),
    Row("9111 §4.3.1", "SHOULD", "and Last-Modified", validators_are_sent),
    Row("9111 §4.3.2", "SHOULD", "judge conditions by what is stored", conditions_are_judged),
    Row("9111 §4.3.2", "MUST NOT", "judge conditions that are the origin's", origins_conditions_go_on),
    Row("9111 §4.3.2", "MUST NOT", "judge conditions where nothing is stored", unknown_is_asked),
    Row("9111 §4.3.2", "MUST NOT", "If-None-Match comes before If-Modified-Since", tag_before_date),
    Row("9111 §4.3.2", "SHOULD", "Date is taken where there is no Last-Modified", date_for_last_modified),
    Row("9111 §4.3.2", "MUST NOT", "add the tag of a part to a list of tags", reason="parts are not stored"),
    Row("9111 §4.3.2", "MUST", "answer 200 where a 304 is of no tag of the client's", others_tags_get_a_200),
    Row("9111 §4.3.3", "MUST", "use a full response to a validation", a_full_response_replaces),
    Row("9111 §4.3.4", "MUST NOT", "update by a 304 of another strong tag", a_304_of_another_updates_nothing),
    Row("9111 §4.3.4", "MUST NOT", "take a strong tag for the weak one that is stored", reason="one response alone was asked about; servers weaken the tag of what they compress, and not the tag of its 304"),
    Row("9111 §4.3.4", "MUST", "a 304 without validator updates only what has none", reason="one response alone was asked about, and servers leave them out"),
    Row("9111 §4.3.4", "MUST", "update what a 304 names", a_304_updates),
    Row("9111 §4.3.5", "SHOULD", "update by the answer to a HEAD", a_head_updates),
    Row("9111 §4.3.5", "SHOULD", "take for stale what it does not match", a_head_of_another_makes_stale),
    Row("9111 §4.3.5", "SHOULD", "update where no validator was received", reason="equal lengths alone prove nothing; what is stored stays as it is"),
    Row("9111 §4.3.5", "MUST", "use the fields of the HEAD's answer", a_head_updates),
    # §4.4
    Row("9111 §4.4", "MUST", "invalidate the target of an unsafe request that worked", both(
        invalidated_by(b"POST", b"200 OK"), invalidated_by(b"PUT", b"204 No Content"), invalidated_by(b"DELETE", b"303 See Other"))),
    Row("9111 §4.4", "MUST", "also of a method whose safety is not known", invalidated_by(b"LOCK", b"200 OK")),
    Row("9111 §4.4", "MUST", "not of a safe one, nor of one that failed", both(
        invalidated_by(b"OPTIONS", b"200 OK", gone=False), invalidated_by(b"POST", b"404 Not Found", gone=False), invalidated_by(b"POST", b"500 Oops", gone=False))),
    Row("9111 §4.4", "MAY", "invalidate what Location and Content-Location name", both(named_too(b"Location", same=True), named_too(b"Content-Location", same=True))),
    Row("9111 §4.4", "MUST NOT", "invalidate what is of another origin", both(named_too(b"Location", same=False), named_too(b"Content-Location", same=False))),
    # §5.1
    Row("9111 §5.1", "SHOULD", "of several ages the first counts", reason="who adds a second one knows of no first: it counts as old, as the public suite wants of equal ones"),
    Row("9111 §5.1", "SHOULD", "an age that is no number is ignored", reason="it says that somebody stored it for a time unknown: it counts as old, as the public suite wants"),
    # §5.2
    Row("9111 §5.2", "MUST", "pass directives on", directives_pass),
    Row("9111 §5.2", "ought to", "take tokens and quotations, in any case", both(reused(b'Cache-Control: MAX-AGE="60"'), not_stored(b"Cache-Control: max-age=60, No-Store"))),
    Row("9111 §5.2.1", "MUST NOT", "send max-age, max-stale and min-fresh quoted", reason="we send no directives of our own"),
    Row("9111 §5.2.1.1", "MAY", "max-age of a client", both(asked_anew(FRESH, b"Age: 30", TAG, second=(b"Cache-Control: max-age=20",)), reused(FRESH, b"Age: 30", second=(b"Cache-Control: max-age=50",)))),
    Row("9111 §5.2.1.2", "MAY", "max-stale of a client", both(reused(STALE, TAG, b"Age: 9", second=(b"Cache-Control: max-stale=60",)), asked_anew(STALE, TAG, b"Age: 9", second=(b"Cache-Control: max-stale=5",)))),
    Row("9111 §5.2.1.3", "MAY", "min-fresh of a client", both(asked_anew(FRESH, TAG, b"Age: 30", second=(b"Cache-Control: min-fresh=40",)), reused(FRESH, b"Age: 30", second=(b"Cache-Control: min-fresh=9",)))),
    Row("9111 §5.2.1.4", "MAY", "no-cache of a client", asked_anew(FRESH, TAG, second=NO_CACHE)),
    Row("9111 §5.2.1.5", "MUST NOT", "store for a request with no-store", not_stored(FRESH, first=(b"Cache-Control: no-store",))),
    Row("9111 §5.2.1.7", "SHOULD", "only-if-cached: the stored one, or 504", nothing_stored),
    # §5.2.2
    Row("9111 §5.2.2", "MUST", "obey all directives of responses", reason="each is a row of its own"),
    Row("9111 §5.2.2.1", "MUST", "max-age", both(reused(FRESH, b"Age: 50"), asked_anew(FRESH, TAG, b"Age: 61"))),
    Row("9111 §5.2.2.2", "MUST NOT", "must-revalidate: reuse what is stale", validated(b"Cache-Control: max-age=0, must-revalidate", TAG)),
    Row("9111 §5.2.2.2", "MUST", "an error where the origin is not reached", dead(b"Cache-Control: max-age=60, must-revalidate", TAG, second=MAX_STALE)),
    Row("9111 §5.2.2.2", "SHOULD", "a 504, unless another status says more", reason="a reset is a 502 and a timeout a 504, as for all requests (docs/errors.md)"),
    Row("9111 §5.2.2.3", "SHOULD", "must-understand takes no-store back", reused(b"Cache-Control: max-age=60, must-understand, no-store")),
    Row("9111 §5.2.2.4", "MUST NOT", "no-cache: reuse without validation", validated(b"Cache-Control: no-cache", TAG)),
    Row("9111 §5.2.2.4", "MAY", "no-cache with names: without these fields", no_field_of_one_user(b"no-cache")),
    Row("9111 §5.2.2.5", "MUST NOT", "no-store: neither store nor reuse", not_stored(b"Cache-Control: no-store, max-age=60", TAG)),
    Row("9111 §5.2.2.6", "MUST NOT", "no-transform: transform the content", not_transformed),
    Row("9111 §5.2.2.7", "MUST NOT", "private: store", not_stored(b"Cache-Control: private, max-age=60, public")),
    Row("9111 §5.2.2.7", "MUST NOT", "private with names: store these fields", no_field_of_one_user(b"private")),
    Row("9111 §5.2.2.8", "MUST NOT", "proxy-revalidate: reuse what is stale", validated(b"Cache-Control: max-age=0, proxy-revalidate", TAG)),
    Row("9111 §5.2.2.9", "MAY", "public: store for Authorization", reused(b"Cache-Control: public, max-age=60", first=AUTHORIZED)),
    Row("9111 §5.2.2.10", "MUST NOT", "s-maxage: reuse what is stale", validated(b"Cache-Control: s-maxage=0", TAG)),
    Row("9111 §5.2.3", "MUST", "ignore directives that it does not know", reused(b'Cache-Control: frob, x="no-store, private", max-age=60')),
    # §5.3
    Row("9111 §5.3", "MUST", "take an invalid Expires for the past", both(asked_anew(b"Expires: 0", TAG), asked_anew(*expires(b"tomorrow")))),
    Row("9111 §5.3", "MUST", "ignore Expires where max-age or s-maxage is there", both(reused(b"Expires: 0", FRESH), reused(b"Expires: 0", b"Cache-Control: s-maxage=60"))),
    Row("9111 §5.4", "", "Pragma of a client, without Cache-Control, is no-cache", asked_anew(FRESH, TAG, second=(b"Pragma: no-cache",))),
]  # fmt: skip
