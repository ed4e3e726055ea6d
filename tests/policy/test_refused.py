"""What is said to those who are sent away."""

import json

import pytest

from sidecar.policy.refused import CircuitOpen, Overloaded, RateLimited
from sidecar.proxy.refusal import refusal
from tests.proxy.script import request

TYPES = "https://iana.org/assignments/http-problem-types#"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            RateLimited("burst", retry_after=7.1),
            {
                "status": 429,
                "type": TYPES + "quota-exceeded",
                "code": "rate_limited",
                "violated-policies": ["burst"],
            },
        ),
        (
            CircuitOpen("circuit_open", retry_after=7.1),
            {"status": 503, "type": "urn:sidecar:error:circuit_open"},
        ),
        (
            Overloaded("queue_full", retry_after=7.1),
            {"status": 503, "type": TYPES + "temporary-reduced-capacity"},
        ),
    ],
)
def test_a_problem(error, expected):
    answer = refusal(error, request(), b"id")
    problem = json.loads(answer.content)
    assert expected.items() <= problem.items()
    assert (b"Retry-After", b"8") in answer.fields
    assert answer.status == expected["status"]


def test_why_is_for_the_metrics_alone():
    error = Overloaded("queue_full", retry_after=1.0)
    assert error.reason == error.detail == "queue_full"
    assert b"queue_full" not in refusal(error, request(), b"id").content
