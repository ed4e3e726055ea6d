import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.storability import Asked, Reason, not_storable, withheld
from sidecar.semantics.cache_control import CacheControl, cache_control

MAX_AGE = b"max-age=60"


def verdict(
    *,
    method=b"GET",
    request=None,
    status=200,
    response=None,
    control=MAX_AGE,
    has_body=False,
    known=(),
    proof=b"",
    errors=False,
):
    request = request or {}
    asked = Asked(
        method,
        request,
        cache_control(request.get(b"cache-control")),
        has_body=has_body,
        known=frozenset(known),
        proof=proof,
    )
    return not_storable(
        asked, status, response or {}, cache_control(control), errors=errors
    )


AUTH = {b"authorization": b"Basic x"}
COOKIE = {b"cookie": b"a=1"}


@pytest.mark.parametrize(
    ("rule", "given", "reason"),
    [
        ("a plain answer", {}, None),
        ("§3: the method", {"method": b"POST"}, Reason.METHOD),
        ("HEAD has no content to store", {"method": b"HEAD"}, Reason.METHOD),
        ("a GET with a body", {"has_body": True}, Reason.REQUEST_BODY),
        (
            "§5.2.1.5",
            {"request": {b"cache-control": b"no-store"}},
            Reason.REQUEST_NO_STORE,
        ),
        ("§5.2.2.5", {"control": b"max-age=60, no-store"}, Reason.NO_STORE),
        ("§5.2.2.7", {"control": b"max-age=60, private"}, Reason.PRIVATE),
        ("fields that are private", {"control": b'private="x"'}, None),
        ("§3.5: credentials", {"request": AUTH}, Reason.AUTHORIZATION),
        ("for all the same", {"request": AUTH, "control": b"public"}, None),
        ("or validated", {"request": AUTH, "control": b"must-revalidate"}, None),
        ("or meant for us", {"request": AUTH, "control": b"s-maxage=1"}, None),
        ("or nobody else's", {"request": AUTH, "proof": b"authorization"}, None),
        (
            "another field proves who asks",
            {"request": AUTH, "proof": b"x-user-id"},
            Reason.AUTHORIZATION,
        ),
        (
            "theirs, and the origin's to forbid",
            {"request": AUTH, "proof": b"authorization", "control": b"private"},
            Reason.PRIVATE,
        ),
        (
            "proxy-revalidate does not",
            {"request": AUTH, "control": b"proxy-revalidate"},
            Reason.AUTHORIZATION,
        ),
        (
            "private wins",
            {"request": AUTH, "control": b"public, private"},
            Reason.PRIVATE,
        ),
        ("a cookie for one", {"response": {b"set-cookie": b"a=1"}}, Reason.SET_COOKIE),
        (
            "even where public",
            {"response": {b"set-cookie": b"a=1"}, "control": b"public"},
            Reason.SET_COOKIE,
        ),
        (
            "which is left out",
            {"response": {b"set-cookie": b"a=1"}, "control": b'no-cache="set-cookie"'},
            None,
        ),
        ("a cookie sent says nothing yet", {"request": COOKIE}, None),
        ("§4.1: *", {"response": {b"vary": b"*"}}, Reason.VARY),
        ("fields", {"response": {b"vary": b"a, b"}}, None),
        (
            "one for each user",
            {"request": COOKIE, "response": {b"vary": b"Cookie"}},
            Reason.VARY,
        ),
        ("that of nobody", {"response": {b"vary": b"Cookie"}}, None),
        (
            "one that the key holds",
            {
                "request": COOKIE,
                "response": {b"vary": b"Cookie"},
                "known": (b"cookie",),
            },
            None,
        ),
        (
            "the same of credentials",
            {
                "request": AUTH,
                "response": {b"vary": b"Authorization"},
                "control": b"public",
            },
            Reason.VARY,
        ),
        (
            "a coding that is told apart",
            {"response": {b"vary": b"Accept-Encoding", b"content-encoding": b"GZip"}},
            None,
        ),
        (
            "one that is not",
            {
                "response": {
                    b"vary": b"Accept-Encoding",
                    b"content-encoding": b"gzip, foo",
                }
            },
            Reason.VARY,
        ),
        ("which nobody asked for", {"response": {b"content-encoding": b"foo"}}, None),
        (
            "one that is undone for others",
            {
                "response": {b"vary": b"accept-encoding", b"content-encoding": b"Br"},
                "known": (b"accept-encoding",),
            },
            None,
        ),
        *(
            (
                "one that is not",
                {
                    "response": {
                        b"vary": b"x, accept-encoding",
                        b"content-encoding": coding,
                    },
                    "known": (b"accept-encoding",),
                },
                Reason.VARY,
            )
            for coding in (b"deflate", b"gzip, gzip", b"dcz", b"")
        ),
    ],
)
def test_not_storable(rule, given, reason):
    assert verdict(**given) == reason, rule


@pytest.mark.parametrize(
    ("rule", "statuses", "reason"),
    [
        ("what most caches store", (200, 203, 204, 300, 301, 308, 404, 405, 410), None),
        ("what says for how long", (201, 202, 299, 302, 303, 307, 403, 451, 499), None),
        ("parts", (206,), Reason.PARTIAL),
        ("what is not final", (100, 101, 103), Reason.STATUS),
        ("what is no status", (0, 99, 600, 999), Reason.STATUS),
        (
            "what speaks of one request",
            (226, 304, 400, 401, 407, 408, 413, 414, 416, 429, 431),
            Reason.STATUS,
        ),
        ("what failed", (500, 501, 502, 503, 504, 599), Reason.STATUS),
    ],
)
def test_statuses(rule, statuses, reason):
    assert [verdict(status=status) for status in statuses] == [reason] * len(
        statuses
    ), rule


@pytest.mark.parametrize(
    ("rule", "statuses", "reason"),
    [
        (
            "failures that say for how long",
            (400, 414, 500, 501, 502, 503, 504, 599),
            None,
        ),
        (
            "never what speaks of one request",
            (226, 304, 407, 408, 416, 429, 431),
            Reason.STATUS,
        ),
        ("parts", (206,), Reason.PARTIAL),
    ],
)
def test_statuses_where_errors_are_stored(rule, statuses, reason):
    found = [verdict(status=status, errors=True) for status in statuses]
    assert found == [reason] * len(statuses), rule


@pytest.mark.parametrize(
    ("rule", "status", "control", "reason"),
    [
        (
            "§5.2.2.3: a status we know",
            200,
            b"must-understand, no-store, max-age=1",
            None,
        ),
        ("one we do not", 299, b"must-understand, max-age=1", Reason.STATUS),
        (
            "it takes nothing else back",
            200,
            b"must-understand, private",
            Reason.PRIVATE,
        ),
    ],
)
def test_must_understand(rule, status, control, reason):
    assert verdict(status=status, control=control) == reason, rule


def test_withheld():
    control = CacheControl(
        no_cache_fields=frozenset({b"a"}), private_fields=frozenset({b"b"})
    )
    assert withheld(control) == {b"a", b"b"}


@given(
    st.integers(100, 999),
    st.sampled_from(
        [b"public", b"s-maxage=60", b"max-age=60, public, must-revalidate"]
    ),
    st.sampled_from([b"private", b"no-store"]),
    st.booleans(),
)
def test_nothing_permits_what_is_forbidden(status, permission, prohibition, errors):
    control = permission + b", " + prohibition
    assert verdict(status=status, control=control, errors=errors) is not None
