"""What may be sent twice (RFC 9110 §9.2.2, RFC 9112 §9.3.1)."""

import pytest

from sidecar.policy.retry import is_idempotent, may_resend
from tests.proxy.script import request

KEY = {b"idempotency-key": b'"1"'}


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
