"""What the file says, then the error."""

import pytest

from sidecar.errors import ConnectionRefused
from sidecar.policy.refused import CircuitOpen, Overloaded, RateLimited
from sidecar.proxy.fallback import NO_FALLBACK, Configured
from sidecar.proxy.instead import instead
from tests.proxy.script import exchange, route

OPEN, FULL = CircuitOpen("why", retry_after=5), Overloaded("why", retry_after=1)
FALLBACK = Configured(200, b"text/plain", b"fallback")


@pytest.mark.parametrize(
    ("rule", "error", "fallback", "status", "content"),
    [
        ("what the file says", OPEN, FALLBACK, 200, b"fallback"),
        ("the error", OPEN, NO_FALLBACK, 503, b"circuit_open"),
        (
            "not what is for an open circuit",
            FULL,
            FALLBACK,
            503,
            b"overloaded",
        ),
        (
            "no limit is got around",
            RateLimited("a", retry_after=1),
            FALLBACK,
            429,
            b"rate_limited",
        ),
        (
            "failures are others'",
            ConnectionRefused(),
            FALLBACK,
            502,
            b"upstream_refused",
        ),
    ],
)
def test_instead(rule, error, fallback, status, content):
    one = exchange(of=route(fallback=fallback))
    answer = instead(one, error)
    assert answer.status == status
    assert content in answer.content
