import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.reuse import Forward, Use, asked, on_error, reuse
from sidecar.semantics.cache_control import NOTHING, CacheControl, cache_control

PLAIN = Lifetimes(fresh=60)
SWR = Lifetimes(fresh=60, stale_while_revalidate=10)
SIE = Lifetimes(fresh=60, stale_if_error=10)
STRICT = Lifetimes(fresh=60, strict=True)
NO_CACHE = Lifetimes(fresh=60, strict=True, validate=True)
IMMUTABLE = Lifetimes(fresh=60, immutable=True)
INVALID = math.inf


@pytest.mark.parametrize(
    ("rule", "lifetimes", "age", "said", "decision"),
    [
        ("fresh", PLAIN, 59, b"", Use.HIT),
        ("§4.2: not fresh at the end of its lifetime", PLAIN, 60, b"", Forward.STALE),
        ("stale", PLAIN, 61, b"", Forward.STALE),
        ("§5.2.2.4: fresh, but to be validated", NO_CACHE, 1, b"", Forward.STALE),
        (
            "§5.2.1.4: the client wants it validated",
            PLAIN,
            1,
            b"no-cache",
            Forward.REQUEST,
        ),
        ("also where nothing changes", IMMUTABLE, 1, b"no-cache", Forward.REQUEST),
        ("§5.2.1.1: young enough", PLAIN, 5, b"max-age=5", Use.HIT),
        ("too old", PLAIN, 6, b"max-age=5", Forward.REQUEST),
        ("a reload", PLAIN, 1, b"max-age=0", Forward.REQUEST),
        ("RFC 8246: of what does not change", IMMUTABLE, 1, b"max-age=0", Use.HIT),
        ("while it is fresh", IMMUTABLE, 61, b"max-age=0", Forward.STALE),
        ("§5.2.1.3: fresh for long enough", PLAIN, 50, b"min-fresh=10", Use.HIT),
        ("not for long enough", PLAIN, 51, b"min-fresh=10", Forward.REQUEST),
        ("§5.2.1.2: not too stale", PLAIN, 65, b"max-stale=5", Use.STALE_ASKED_FOR),
        ("too stale", PLAIN, 66, b"max-stale=5", Forward.STALE),
        ("any age", PLAIN, 9999, b"max-stale", Use.STALE_ASKED_FOR),
        ("but nothing invalid", PLAIN, INVALID, b"max-stale", Forward.STALE),
        ("nor what must be validated", STRICT, 61, b"max-stale", Forward.STALE),
        ("nor what always must", NO_CACHE, 1, b"max-stale", Forward.STALE),
        (
            "nor what is older than wanted",
            PLAIN,
            65,
            b"max-stale, max-age=5",
            Forward.STALE,
        ),
        ("RFC 5861 §3: while revalidating", SWR, 69, b"", Use.STALE),
        ("no longer", SWR, 70, b"", Forward.STALE),
        ("nothing invalid", SWR, INVALID, b"", Forward.STALE),
        ("not for who wants it fresh", SWR, 65, b"min-fresh=1", Forward.STALE),
        ("nor for who wants it young", SWR, 65, b"max-age=30", Forward.STALE),
        ("nor for who wants it validated", SWR, 65, b"no-cache", Forward.REQUEST),
        ("longer for who allows it", SWR, 75, b"max-stale=20", Use.STALE_ASKED_FOR),
        ("§5.2.1.5: no-store says nothing about reuse", PLAIN, 1, b"no-store", Use.HIT),
    ],
)
def test_reuse(rule, lifetimes, age, said, decision):
    left = lifetimes.fresh - age
    assert reuse(lifetimes, age, left, cache_control(said)) is decision, rule


@pytest.mark.parametrize(
    ("rule", "lifetimes", "age", "said", "allowed"),
    [
        ("RFC 5861 §4: not too stale", SIE, 69, b"", True),
        ("too stale", SIE, 70, b"", False),
        ("nobody allows it", PLAIN, 61, b"", False),
        ("still fresh", PLAIN, 10, b"", True),
        ("still fresh, but to be validated", NO_CACHE, 10, b"", False),
        ("the client wants it validated", SIE, 10, b"no-cache", False),
        ("the client allows it", PLAIN, 65, b"stale-if-error=6", True),
        ("where it may be allowed", STRICT, 65, b"stale-if-error=6", False),
        ("nothing invalid", SIE, INVALID, b"stale-if-error=9999", False),
    ],
)
def test_on_error(rule, lifetimes, age, said, allowed):
    left = lifetimes.fresh - age
    assert on_error(lifetimes, left, cache_control(said)) is allowed, rule


@pytest.mark.parametrize(
    ("rule", "values", "ignores", "control"),
    [
        ("nothing", {}, False, NOTHING),
        (
            "directives",
            {b"cache-control": b"max-age=1"},
            False,
            CacheControl(max_age=1),
        ),
        ("§5.4: of old", {b"pragma": b"No-Cache"}, False, CacheControl(no_cache=True)),
        ("another pragma", {b"pragma": b"x"}, False, NOTHING),
        (
            "not beside Cache-Control",
            {b"pragma": b"no-cache", b"cache-control": b"x"},
            False,
            NOTHING,
        ),
        ("a route that ignores it", {b"cache-control": b"no-cache"}, True, NOTHING),
        ("also of old", {b"pragma": b"no-cache"}, True, NOTHING),
        ("also max-age", {b"cache-control": b"max-age=0"}, True, NOTHING),
        (
            "but not the rest",
            {b"cache-control": b"no-store, only-if-cached"},
            True,
            CacheControl(no_store=True, only_if_cached=True),
        ),
    ],
)
def test_asked(rule, values, ignores, control):
    assert asked(values, ignores_no_cache=ignores) == control, rule


_lifetimes = st.builds(
    Lifetimes,
    fresh=st.floats(0, 100),
    stale_while_revalidate=st.floats(0, 100),
    stale_if_error=st.floats(0, 100),
    strict=st.booleans(),
    validate=st.booleans(),
    immutable=st.booleans(),
)
_seconds = st.none() | st.floats(0, 300)
_controls = st.builds(
    CacheControl,
    max_age=_seconds,
    min_fresh=_seconds,
    max_stale=_seconds,
    stale_if_error=_seconds,
    no_cache=st.booleans(),
)


@given(_lifetimes, st.floats(0, 500), _controls)
def test_nobody_gets_what_is_older_than_allowed(lifetimes, age, control):
    staleness = age - lifetimes.fresh
    decision = reuse(lifetimes, age, -staleness, control)
    if not isinstance(decision, Use):
        return
    assert not lifetimes.validate
    assert not control.no_cache
    if decision is Use.HIT:
        assert staleness < 0
    elif decision is Use.STALE:
        assert staleness < lifetimes.stale_while_revalidate
    else:
        assert not lifetimes.strict
        assert control.max_stale is not None
        assert staleness <= control.max_stale


@given(_lifetimes, _controls)
def test_what_is_invalid_is_never_used(lifetimes, control):
    assert not isinstance(reuse(lifetimes, 1.0, -math.inf, control), Use)
    assert not on_error(lifetimes, -math.inf, control)
