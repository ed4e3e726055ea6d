import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.cache_control import (
    LONGEST,
    NOTHING,
    CacheControl,
    cache_control,
    delta_seconds,
)


@pytest.mark.parametrize(
    ("rule", "text", "seconds"),
    [
        ("digits", b"60", 60),
        ("zero", b"0", 0),
        ("leading zeros", b"003600", 3600),
        ("very many of them", b"0" * 40 + b"7", 7),
        ("§1.2.2: larger than 2^31", b"2147483649", LONGEST),
        ("larger than any integer", b"9" * 9999, LONGEST),
        ("nothing", b"", None),
        ("not there", None, None),
        ("a sign", b"-1", None),
        ("another", b"+1", None),
        ("a fraction", b"1.5", None),
        ("letters", b"100a", None),
        ("a digit, but not DIGIT", "\u0663".encode(), None),
        ("an underscore, which Python would take", b"1_0", None),
    ],
)
def test_delta_seconds(rule, text, seconds):
    assert delta_seconds(text) == seconds, rule


@pytest.mark.parametrize(
    ("rule", "value", "said"),
    [
        ("no field", None, NOTHING),
        ("an empty field", b"", NOTHING),
        ("unknown directives", b'foo, bar=1, baz="max-age=60"', NOTHING),
        ("one of a response", b"max-age=60", CacheControl(max_age=60)),
        ("for shared caches", b"s-maxage=60", CacheControl(s_maxage=60)),
        ("case is nothing", b"MaX-AgE=60", CacheControl(max_age=60)),
        ("nor is space", b" ,\tmax-age=60 , ", CacheControl(max_age=60)),
        ("§5.2: both forms of an argument", b'max-age="60"', CacheControl(max_age=60)),
        ("quoted pairs", b'max-age="\\60"', CacheControl(max_age=60)),
        ("single quotes are none", b"max-age='60'", CacheControl(max_age=0)),
        ("a number that is none", b"max-age=a100", CacheControl(max_age=0)),
        ("one with a sign", b"max-age=-1", CacheControl(max_age=0)),
        ("one with a fraction", b"max-age=60.0", CacheControl(max_age=0)),
        ("a missing one", b"max-age", CacheControl(max_age=0)),
        ("an empty one", b"max-age=", CacheControl(max_age=0)),
        ("space before =", b"max-age =60", CacheControl(max_age=0)),
        ("space after =", b"max-age= 60", CacheControl(max_age=0)),
        ("more after it", b"max-age=60 x", CacheControl(max_age=0)),
        ("more after a quotation", b'max-age="60"0', CacheControl(max_age=0)),
        ("twice the same", b"max-age=60, max-age=60", CacheControl(max_age=60)),
        ("§4.2.1: contradicting", b"max-age=9, max-age=60", CacheControl(max_age=0)),
        ("in any order", b"max-age=60, max-age=0", CacheControl(max_age=0)),
        ("quoted before", b'a="max-age=60", max-age=0', CacheControl(max_age=0)),
        ("quoted after", b'max-age=0, a="max-age=60"', CacheControl(max_age=0)),
        ("quoted with a comma", b'a="b, no-store", public', CacheControl(public=True)),
        (
            "quoted with a quote",
            b'a="\\", no-store", public',
            CacheControl(public=True),
        ),
        ("a quotation without end", b'a="b, public', CacheControl(no_store=True)),
        ("one that hides", b'a="b, no-store', CacheControl(no_store=True)),
        ("one that ends in a backslash", b'a="b\\', CacheControl(no_store=True)),
        ("one that escapes its end", b'a="\\"", b="\\"', CacheControl(no_store=True)),
        ("an argument nobody asked for", b"no-store=1", CacheControl(no_store=True)),
        ("junk behind it", b"no-store; x", CacheControl(no_store=True)),
        (
            "a restriction behind a semicolon",
            b"max-age=60 ; Private",
            CacheControl(max_age=0.0, no_store=True),
        ),
        ("and no other", b"max-age=60; public", CacheControl(max_age=0.0)),
        (
            "a restriction behind a space",
            b"public max-age=60 no-store",
            CacheControl(public=True, no_store=True),
        ),
        ("behind junk", b"x no-store", CacheControl(no_store=True)),
        ("what is no directive", b"=1, @, no-store", CacheControl(no_store=True)),
        (
            "unqualified",
            b"no-cache, private",
            CacheControl(no_cache=True, private=True),
        ),
        (
            "§5.2.2.4: qualified",
            b'no-cache="Set-Cookie, X-A"',
            CacheControl(no_cache_fields=frozenset({b"set-cookie", b"x-a"})),
        ),
        (
            "by a token",
            b"private=X-A, private=X-B",
            CacheControl(private_fields=frozenset({b"x-a", b"x-b"})),
        ),
        ("qualified by nothing", b'private=""', CacheControl(private=True)),
        ("badly qualified", b'private="a" b', CacheControl(private=True)),
        ("by what is no name", b'private="X-A, a b"', CacheControl(private=True)),
        (
            "both",
            b'no-cache="a", no-cache',
            CacheControl(no_cache=True, no_cache_fields=frozenset({b"a"})),
        ),
        ("of any age", b"max-stale", CacheControl(max_stale=LONGEST)),
        ("of some", b"max-stale=10", CacheControl(max_stale=10)),
        ("badly said", b"max-stale=x", CacheControl(max_stale=0)),
        ("of a request", b"min-fresh=5", CacheControl(min_fresh=5)),
        ("only if cached", b"only-if-cached", CacheControl(only_if_cached=True)),
        (
            "RFC 5861",
            b"stale-while-revalidate=5, stale-if-error=6",
            CacheControl(stale_while_revalidate=5, stale_if_error=6),
        ),
        (
            "the rest",
            (
                b"must-revalidate, proxy-revalidate, must-understand, no-transform,"
                b" immutable"
            ),
            CacheControl(
                must_revalidate=True,
                proxy_revalidate=True,
                must_understand=True,
                no_transform=True,
                immutable=True,
            ),
        ),
        (
            "more than we read",
            b"a," * 100 + b"no-store",
            CacheControl(no_store=True),
        ),
        (
            "long values are read, too",
            b"a=" + b"b" * 1000 + b", max-age=1",
            CacheControl(max_age=1),
        ),
    ],
)
def test_cache_control(rule, value, said):
    assert cache_control(value) == said, rule


@given(st.text(alphabet='max-ge=60,"\\ \tno-str', max_size=60))
def test_a_restriction_in_front_is_never_missed(text):
    assert cache_control(b"no-store, " + text.encode()).no_store


@given(st.text(alphabet='max-ge=60,"\\ \tno-str', max_size=60))
def test_a_restriction_behind_a_whole_value_is_never_missed(text):
    value = text.encode()
    if cache_control(value) == NOTHING:
        assert cache_control(value + b", no-store").no_store


@pytest.mark.parametrize("piece", [b'"', b'a="', b'\\"', b'"\\', b",", b'"a"b'])
def test_time_is_linear(piece):
    def cpu(value):
        rounds = []
        for _ in range(5):
            start = time.process_time()
            cache_control(value)
            rounds.append(time.process_time() - start)
        return min(rounds)

    once = cpu(piece * (65_536 // len(piece)))
    assert cpu(piece * (4 * 65_536 // len(piece))) < 10 * once + 0.05
