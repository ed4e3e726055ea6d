"""What may be sent twice (RFC 9110 §9.2.2, RFC 9112 §9.3.1), when, and how often."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar import errors
from sidecar.policy.failure import Failure
from sidecar.policy.retry import (
    NO_RETRY,
    Reason,
    Retry,
    is_idempotent,
    may_resend,
)
from tests.proxy.script import request

KEY = {b"idempotency-key": b'"1"'}
RETRY = Retry(
    attempts=3,
    on=frozenset(Failure),
    statuses=frozenset((502, 503)),
    backoff=0.1,
)
GET, POST = request(b"GET"), request(b"POST")
LOST, REFUSED = errors.ConnectionLost(), errors.ConnectionRefused()


@pytest.mark.parametrize(
    ("rule", "head", "expected"),
    [
        ("safe", request(b"GET"), True),
        ("safe", request(b"HEAD"), True),
        ("safe", request(b"OPTIONS"), True),
        ("PUT replaces", request(b"PUT"), True),
        ("DELETE removes", request(b"DELETE"), True),
        ("POST acts", request(b"POST"), False),
        ("PATCH changes", request(b"PATCH"), False),
        ("unknown: nobody promised", request(b"PURGE"), False),
        ("methods are case-sensitive", request(b"get"), False),
        ("the client promised", request(b"POST", values=KEY), True),
    ],
)
def test_is_idempotent(rule, head, expected):
    assert is_idempotent(head) is expected


@pytest.mark.parametrize(
    ("rule", "method", "reused", "answered", "expected"),
    [
        ("a stale connection", b"GET", True, False, True),
        ("a new one was not stale", b"GET", False, False, False),
        ("an answer had begun", b"GET", True, True, False),
        ("it may have been acted on", b"POST", True, False, False),
    ],
)
def test_may_resend(rule, method, reused, answered, expected):
    assert may_resend(request(method), reused=reused, answered=answered) is expected


@pytest.mark.parametrize(
    ("rule", "error", "attempt", "head", "reason"),
    [
        ("the upstream never saw it", REFUSED, 1, POST, Reason.CONNECT),
        ("it may have seen it", LOST, 1, POST, None),
        ("which does no harm", LOST, 1, GET, Reason.RESET),
        ("the client promised", LOST, 1, request(b"POST", values=KEY), Reason.RESET),
        ("it was late", errors.ResponseTimedOut(), 1, GET, Reason.TIMEOUT),
        ("there are attempts left", LOST, 2, GET, Reason.RESET),
        ("there are not", LOST, 3, GET, None),
        ("our own refusal", errors.TunnelsExhausted(), 1, GET, None),
        ("our own limit", errors.PoolExhausted(), 1, GET, None),
        ("it would answer the same", errors.ResponseInvalid(), 1, GET, None),
        ("the client left", errors.ClientGone(), 1, GET, None),
    ],
)
def test_after_error(rule, error, attempt, head, reason):
    assert RETRY.after_error(error, attempt, head) is reason


@pytest.mark.parametrize(
    ("rule", "status", "attempt", "head", "reason"),
    [
        ("one that was named", 503, 1, GET, Reason.STATUS),
        ("one that was not", 500, 1, GET, None),
        ("a good one", 200, 1, GET, None),
        ("it may have been acted on", 503, 1, POST, None),
        ("no attempts left", 503, 3, GET, None),
    ],
)
def test_after_status(rule, status, attempt, head, reason):
    assert RETRY.after_status(status, attempt, head) is reason


def test_only_after_what_was_named():
    connects = Retry(attempts=2, on=frozenset((Failure.CONNECT,)))
    assert connects.after_error(LOST, 1, GET) is None
    assert NO_RETRY.after_error(REFUSED, 1, GET) is None
    assert NO_RETRY.after_status(503, 1, GET) is None


@pytest.mark.parametrize(
    ("rule", "attempt", "chance", "told", "seconds"),
    [
        ("at once", 1, 0.0, None, 0.0),
        ("the first", 1, 1.0, None, 0.1),
        ("twice as long", 2, 1.0, None, 0.2),
        ("and so on", 4, 0.5, None, 0.4),
        ("up to ten times", 10, 1.0, None, 1.0),
        ("as told", 1, 0.0, b"1", 1.0),
        ("a little later than told", 1, 1.0, b"1", 1.5),
        ("not so late", 1, 0.0, b"2", None),
        ("nor at a date", 1, 0.0, b"Sun, 06 Nov 1994 08:49:37 GMT", None),
        ("nor whenever", 1, 0.0, b"9" * 100, None),
    ],
)
def test_wait(rule, attempt, chance, told, seconds):
    assert RETRY.wait(attempt, chance, told) == pytest.approx(seconds)


@given(st.integers(1, 10), st.floats(0, 1))
def test_it_never_waits_longer_than_ten_times_the_first(attempt, chance):
    seconds = RETRY.wait(attempt, chance)
    assert seconds is not None
    assert 0 <= seconds <= 1.0
