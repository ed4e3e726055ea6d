import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.freshness import (
    Received,
    Rules,
    generated,
    has_validator,
    is_by_origin,
    is_silent,
    lifetimes,
)
from sidecar.policy.lifetimes import Lifetimes
from sidecar.semantics.cache_control import LONGEST
from sidecar.semantics.http_date import write
from sidecar.semantics.targeted import directives
from sidecar.units import Timestamp

NOW = 1_700_000_000.0
NO_JITTER = Rules(jitter=0)


def at(seconds):
    return write(Timestamp(NOW + seconds))


def response(values=None, *, status=200, delay=0.0):
    values = {
        name.encode(): value if isinstance(value, bytes) else value.encode()
        for name, value in (values or {}).items()
    }
    return Received(
        status, values, directives(values), Timestamp(NOW - delay), Timestamp(NOW)
    )


@pytest.mark.parametrize(
    ("rule", "values", "delay", "age"),
    [
        ("nothing said", {}, 0, 0),
        ("§4.2.3: the delay counts", {}, 2, 2),
        ("Age", {"age": "30"}, 0, 30),
        ("Age and the delay", {"age": "30"}, 2, 32),
        ("the apparent age", {"date": at(-50)}, 0, 50),
        ("the larger of both", {"date": at(-50), "age": "30"}, 2, 50),
        ("the other way", {"date": at(-20), "age": "30"}, 2, 32),
        ("a Date in the future", {"date": at(100)}, 2, 2),
        ("a Date that is none", {"date": "yesterday"}, 2, 2),
        ("an Age that is none", {"age": "abc"}, 0, LONGEST),
        ("a negative one", {"age": "-1"}, 0, LONGEST),
        ("with a fraction", {"age": "7.0"}, 0, LONGEST),
        ("with a parameter", {"age": "7;a=b"}, 0, LONGEST),
        ("several, though equal", {"age": "0, 0"}, 0, LONGEST),
        ("an enormous one", {"age": "9" * 30}, 0, LONGEST),
    ],
)
def test_age_when_it_comes(rule, values, delay, age):
    assert NOW - generated(response(values, delay=delay)) == age, rule


@pytest.mark.parametrize(
    ("rule", "values", "fresh"),
    [
        ("nothing said", {}, None),
        ("max-age", {"cache-control": "max-age=60"}, 60),
        ("s-maxage first", {"cache-control": "max-age=60, s-maxage=10"}, 10),
        ("even if longer", {"cache-control": "max-age=0, s-maxage=10"}, 10),
        ("Expires", {"expires": at(30), "date": at(0)}, 30),
        ("from Date", {"expires": at(30), "date": at(-10)}, 40),
        ("without Date", {"expires": at(30)}, 30),
        ("with one that is none", {"expires": at(30), "date": "x"}, 30),
        ("max-age wins", {"cache-control": "max-age=60", "expires": at(-9)}, 60),
        ("§5.3: it is in the past", {"expires": "0", "etag": '"a"'}, 0),
        ("it is past", {"expires": at(-5), "etag": '"a"'}, 0),
        ("two of them", {"expires": at(5) + b", " + at(6), "etag": '"a"'}, 0),
        ("of no use without validator", {"cache-control": "max-age=0"}, None),
        ("with one, kept for that", {"cache-control": "max-age=0", "etag": '"a"'}, 0),
        (
            "or to be used when it is stale",
            {"cache-control": "max-age=0, stale-while-revalidate=5"},
            0,
        ),
        ("for an error", {"cache-control": "max-age=0, stale-if-error=5"}, 0),
        (
            "which is forbidden",
            {"cache-control": "max-age=0, must-revalidate, stale-if-error=5"},
            None,
        ),
        ("no-cache", {"cache-control": "no-cache", "etag": '"a"'}, 0),
        ("no-cache and no validator", {"cache-control": "no-cache, max-age=9"}, None),
        ("public alone says nothing", {"cache-control": "public"}, None),
        (
            "targeted",
            {"cdn-cache-control": "max-age=5", "cache-control": "max-age=60"},
            5,
        ),
        (
            "Expires beside it is nothing",
            {"cdn-cache-control": "public", "expires": at(9)},
            None,
        ),
        ("contradicting", {"cache-control": "max-age=1, max-age=2", "etag": '"a"'}, 0),
        (
            "old when it comes, but said",
            {"cache-control": "max-age=60", "age": "99"},
            60,
        ),
    ],
)
def test_lifetime_by_the_origin(rule, values, fresh):
    found = lifetimes(response(values), NO_JITTER, 0.5)
    assert (None if found is None else found.fresh) == fresh, rule


TTL = Rules(ttl=100, jitter=0)
OVERRIDE = Rules(ttl=100, override=True, jitter=0)
NEGATIVE = Rules(ttl=100, negative_ttl=7, jitter=0)


@pytest.mark.parametrize(
    ("rule", "rules", "status", "values", "fresh", "by_origin"),
    [
        ("where nothing is said", TTL, 200, {}, 100, False),
        ("the origin first", TTL, 200, {"cache-control": "max-age=5"}, 5, True),
        (
            "also where it says 0",
            TTL,
            200,
            {"cache-control": "max-age=0", "etag": "x"},
            0,
            False,
        ),
        ("statuses it applies to", TTL, 302, {}, None, False),
        ("others by the origin", TTL, 302, {"cache-control": "max-age=5"}, 5, True),
        ("an origin of old says no", TTL, 200, {"pragma": "No-Cache"}, None, False),
        ("unless overridden", OVERRIDE, 200, {"pragma": "no-cache"}, 100, False),
        ("override", OVERRIDE, 200, {"cache-control": "max-age=5"}, 100, False),
        ("of no-cache", OVERRIDE, 200, {"cache-control": "no-cache"}, 100, False),
        (
            "not of other statuses",
            OVERRIDE,
            302,
            {"cache-control": "max-age=5"},
            5,
            True,
        ),
        ("negative", NEGATIVE, 404, {}, 7, False),
        ("also 410", NEGATIVE, 410, {}, 7, False),
        ("by the origin", NEGATIVE, 404, {"cache-control": "max-age=9"}, 9, True),
        ("200 is not", NEGATIVE, 200, {}, 100, False),
        ("negative alone", Rules(negative_ttl=7, jitter=0), 404, {}, 7, False),
        ("without it", TTL, 404, {}, 100, False),
    ],
)
def test_lifetime_by_the_route(rule, rules, status, values, fresh, by_origin):
    given = response(values, status=status)
    found = lifetimes(given, rules, 0.5)
    assert (None if found is None else found.fresh) == fresh, rule
    assert is_by_origin(given, rules) is by_origin, rule


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("max-age=5", True),
        ("no-cache", False),
        ("no-cache, max-age=5", False),
        ("max-age=0", False),
        ("public, no-cache", True),
        ("s-maxage=0", True),
        ("s-maxage=5, no-cache", True),
    ],
)
def test_what_is_asked_for_each_time_is_everybodys_only_where_that_is_said(said, meant):
    assert is_by_origin(response({"cache-control": said}), NO_JITTER) is meant


HEURISTIC = Rules(heuristic=True, jitter=0)


@pytest.mark.parametrize(
    ("rule", "status", "values", "fresh"),
    [
        ("§4.2.2: a tenth of its time", 200, {"last-modified": at(-1000)}, 100),
        ("before Date", 200, {"last-modified": at(-1000), "date": at(-500)}, 50),
        ("a day at most", 200, {"last-modified": at(-1e8)}, 86400),
        ("without Last-Modified", 200, {}, None),
        ("one in the future", 200, {"last-modified": at(100)}, 0),
        (
            "what is said comes first",
            200,
            {"last-modified": at(-1000), "cache-control": "max-age=1"},
            1,
        ),
        ("statuses it is for", 405, {"last-modified": at(-1000)}, 100),
        ("others not", 201, {"last-modified": at(-1000)}, None),
        (
            "unless public",
            599,
            {"last-modified": at(-1000), "cache-control": "public"},
            100,
        ),
        (
            "an origin of old says no",
            200,
            {"last-modified": at(-1000), "pragma": "no-cache"},
            None,
        ),
    ],
)
def test_lifetime_by_heuristics(rule, status, values, fresh):
    found = lifetimes(response(values, status=status), HEURISTIC, 0.5)
    assert (None if found is None else found.fresh) == fresh, rule
    assert lifetimes(response({"last-modified": at(-1000)}), NO_JITTER, 0.5) is None


STALE = Rules(stale_while_revalidate=3, stale_if_error=4, jitter=0)


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("by the route", "max-age=9", Lifetimes(9, 3, 4)),
        (
            "the origin first",
            "max-age=9, stale-while-revalidate=5, stale-if-error=0",
            Lifetimes(9, 5, 0),
        ),
        (
            "§4.2.4: must-revalidate",
            "max-age=9, must-revalidate, stale-while-revalidate=5",
            Lifetimes(9, strict=True),
        ),
        ("proxy-revalidate", "max-age=9, proxy-revalidate", Lifetimes(9, strict=True)),
        ("s-maxage", "s-maxage=9", Lifetimes(9, strict=True)),
        (
            "unless the response itself allows it",
            "s-maxage=9, stale-while-revalidate=5",
            Lifetimes(9, 5, 0, strict=True),
        ),
        ("RFC 8246", "max-age=9, immutable", Lifetimes(9, 3, 4, immutable=True)),
    ],
)
def test_stale_use(rule, said, expected):
    assert lifetimes(response({"cache-control": said}), STALE, 0.5) == expected, rule


def test_what_can_be_validated_is_kept():
    values = {"cache-control": "max-age=9, no-cache", "etag": '"a"'}
    found = lifetimes(response(values), STALE, 0.5)
    assert found == Lifetimes(9, keep=3600, strict=True, validate=True)


@pytest.mark.parametrize(
    ("values", "expected"),
    [({}, False), ({b"etag": b""}, True), ({b"last-modified": b""}, True)],
)
def test_has_validator(values, expected):
    assert has_validator(values) is expected


@given(st.floats(0, 1), st.floats(0, 1))
def test_jitter_only_shortens(jitter, chance):
    found = lifetimes(
        response({"cache-control": "max-age=100"}), Rules(jitter=jitter), chance
    )
    assert found is None or 100 * (1 - jitter) - 1e-9 <= found.fresh <= 100


@given(st.integers(-(10**9), 10**9), st.integers(0, 10**10), st.floats(0, 100))
def test_nothing_is_younger_than_it_says(date, age, delay):
    given = response({"date": at(date), "age": str(age)}, delay=delay)
    assert NOW - generated(given) >= min(age, LONGEST) - 1e-3


FIELDS = st.dictionaries(
    st.sampled_from(
        [
            "age",
            "cache-control",
            "cdn-cache-control",
            "date",
            "etag",
            "expires",
            "last-modified",
            "pragma",
            "sidecar-cache-control",
            "vary",
        ]
    ),
    st.sampled_from(["", "max-age=5", "no-cache", "public", at(-5), at(5), '"a"']),
)


@pytest.mark.parametrize(
    ("rule", "rules", "expected"),
    [
        ("by themselves", Rules(), True),
        ("whatever else is said", Rules(stale_if_error=5, override=True), True),
        ("a lifetime", Rules(ttl=1), False),
        ("of errors", Rules(negative_ttl=1), False),
        ("a guess", Rules(heuristic=True), False),
    ],
)
def test_leave_it_to_origins(rule, rules, expected):
    assert rules.leave_it_to_origins is expected, rule


@given(FIELDS, st.sampled_from([200, 302, 404, 500]), st.booleans())
def test_silence_is_no_lifetime(values, status, override):
    rules = Rules(override=override, stale_if_error=9.0)
    given = response(values, status=status)
    if is_silent(given.values):
        assert lifetimes(given, rules, 0.5) is None
