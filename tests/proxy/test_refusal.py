"""Errors as the client sees them (RFC 9457, RFC 9209)."""

import json

import pytest

from sidecar.errors import MethodNotAllowed, ResponseTimedOut, TunnelsExhausted
from sidecar.policy.refused import RateLimited
from sidecar.proxy.refusal import ALLOW, LONGEST, refusal
from tests.proxy.script import request


def test_a_problem_document():
    answer = refusal(ResponseTimedOut("10.0.0.7 secret"), request(), b"id-1")
    assert answer.status == 504
    assert json.loads(answer.content) == {
        "type": "urn:sidecar:error:upstream_timeout",
        "title": "The upstream did not respond in time.",
        "status": 504,
        "code": "upstream_timeout",
        "request_id": "id-1",
    }
    assert answer.fields == [
        (b"Content-Type", b"application/problem+json"),
        (b"Cache-Control", b"no-store"),
        (b"Proxy-Status", b"sidecar; error=http_response_timeout"),
    ]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        (None, b"application/problem+json"),
        (b"*/*", b"application/problem+json"),
        (b"application/json", b"application/problem+json"),
        (b"text/plain", b"text/plain; charset=utf-8"),
        (b"text/*, application/json;q=0.5", b"text/plain; charset=utf-8"),
        (b"image/png", b"application/problem+json"),
        (b"\xff;;q=", b"application/problem+json"),
        (b"image/png, " * LONGEST + b"text/plain", b"application/problem+json"),
        (b" " * LONGEST + b"text/plain", b"text/plain; charset=utf-8"),
    ],
)
def test_what_the_client_accepts(accept, kind):
    values = {} if accept is None else {b"accept": accept}
    answer = refusal(TunnelsExhausted("secret"), request(values=values), b"id-1")
    assert dict(answer.fields)[b"Content-Type"] == kind
    assert b"too_many_tunnels" in answer.content
    assert b"id-1" in answer.content
    assert b"secret" not in answer.content


@pytest.mark.parametrize("name", [b'a"b\\', b"\xe4", b"\x7f\t"])
def test_an_id_that_a_trusted_peer_chose_is_escaped(name):
    answer = refusal(TunnelsExhausted(), request(), name)
    assert json.loads(answer.content)["request_id"] == name.decode("latin-1")


def test_members_of_its_own():
    document = json.loads(
        refusal(RateLimited("é", retry_after=1), request(), b"").content
    )
    assert document["violated-policies"] == ["é"]
    assert document["status"] == 429


@pytest.mark.parametrize("accept", [b"text/plain", b"*/*"])
def test_without_an_id_none_is_said(accept):
    answer = refusal(TunnelsExhausted(), request(values={b"accept": accept}), b"")
    assert b"request" not in answer.content


@pytest.mark.parametrize(
    ("seconds", "said"), [(1.0, b"1"), (0.2, b"1"), (2.5, b"3"), (0.0, b"0")]
)
def test_retry_after_is_in_whole_seconds_and_never_early(seconds, said):
    answer = refusal(TunnelsExhausted(retry_after=seconds), request(), b"")
    assert dict(answer.fields)[b"Retry-After"] == said


def test_a_405_says_what_is_served():
    assert (b"Allow", ALLOW) in refusal(MethodNotAllowed(), request(), b"").fields
