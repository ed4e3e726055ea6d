"""Stale content first, then what the file says, then the error."""

import pytest

from sidecar.errors import ConnectionRefused
from sidecar.policy.refused import CircuitOpen, Overloaded, RateLimited
from sidecar.proxy.answer import Answer
from sidecar.proxy.fallback import NO_FALLBACK, Configured
from sidecar.proxy.instead import instead
from sidecar.proxy.phases import NO_CACHE
from tests.proxy.script import exchange, route

OPEN, FULL = CircuitOpen("why", retry_after=5), Overloaded("why", retry_after=1)
FALLBACK = Configured(200, b"text/plain", b"fallback")


class Stale:
    def lookup(self, one):
        return None

    def stale(self, one):
        return Answer(200, b"stale")


@pytest.mark.parametrize(
    ("rule", "error", "cache", "fallback", "status", "content"),
    [
        ("something stale", OPEN, Stale(), FALLBACK, 200, b"stale"),
        ("what the file says", OPEN, NO_CACHE, FALLBACK, 200, b"fallback"),
        ("the error", OPEN, NO_CACHE, NO_FALLBACK, 503, b"circuit_open"),
        ("something stale", FULL, Stale(), FALLBACK, 200, b"stale"),
        (
            "not what is for an open circuit",
            FULL,
            NO_CACHE,
            FALLBACK,
            503,
            b"overloaded",
        ),
        (
            "no limit is got around",
            RateLimited("a", retry_after=1),
            Stale(),
            FALLBACK,
            429,
            b"rate_limited",
        ),
        (
            "failures are others'",
            ConnectionRefused(),
            Stale(),
            FALLBACK,
            502,
            b"upstream_refused",
        ),
    ],
)
def test_instead(rule, error, cache, fallback, status, content):
    one = exchange(of=route(cache=cache, fallback=fallback))
    answer = instead(one, error)
    assert answer.status == status
    assert content in answer.content
