"""Requests whole, cut at each byte and dripped: refused, or forwarded as meant."""

import re

import pytest

from tests.harness.client import Outcome, Plan, drip, play, splits, victim, whole
from tests.harness.origin import Origin, Received
from tests.harness.sidecar import Sidecar
from tests.wire.legal_requests import HOP_BY_HOP, doubtful, legal
from tests.wire.requests import Doubtful, Hostile, Legal, hostile

ADDED = {
    b"via",
    b"forwarded",
    b"x-forwarded-for",
    b"x-forwarded-proto",
    b"x-forwarded-host",
    b"x-forwarded-port",
    b"x-request-id",
    b"traceparent",
    b"tracestate",
    b"connection",
    b"content-length",
    b"transfer-encoding",
    b"host",
}
"""Names that are the sidecar's to write; what they say is tested elsewhere."""

MOST_CUTS = 400
REQUEST_ID = re.compile(rb'X-Request-Id(?:: |", ")([0-9a-f]{32})\b')


def ways(data: bytes) -> list[Plan]:
    """Whole, cut at each byte, dripped; a long request is not cut everywhere."""
    if len(data) <= MOST_CUTS:
        return [drip(data), whole(data), *splits(data)]
    some = range(1, len(data), len(data) // MOST_CUTS + 1)
    return [whole(data), *((data[:at], data[at:]) for at in some)]


def told(plan: Plan) -> str:
    return f"in {len(plan)} pieces, the first {plan[0]!r}"


def is_refused(outcome: Outcome) -> bool:
    """One strict 4xx or 5xx, and the end of the connection."""
    return outcome.ended != "open" and outcome.status >= 400 and outcome.wrong is None


@pytest.mark.parametrize("case", hostile(), ids=lambda case: case.id)
def test_hostile_request_is_refused(
    case: Hostile, sidecar: Sidecar, origin: Origin
) -> None:
    plans = ways(case.data)
    for plan, outcome in zip(plans, play(sidecar.port, plans), strict=True):
        assert outcome.status in case.statuses, (told(plan), outcome)
        assert is_refused(outcome), (told(plan), outcome)
    victim(sidecar.port)
    assert origin.take() == []


@pytest.mark.parametrize("case", legal(), ids=lambda case: case.id)
def test_legal_request_arrives_as_meant(
    case: Legal, sidecar: Sidecar, origin: Origin
) -> None:
    plans = ways(case.wire())
    outcomes = play(sidecar.port, plans, (case.method,), responses=1)
    for plan, outcome in zip(plans, outcomes, strict=True):
        assert outcome.status == 200, (told(plan), outcome)
        assert outcome.wrong is None, (told(plan), outcome)
    victim(sidecar.port)
    received = origin.take()
    assert len(received) == len(plans)
    for one in received:
        _assert_is_meant(case, one)
    sent = {one.request.one(b"X-Request-Id") for one in received}
    assert {own_id(outcome, case.method) for outcome in outcomes} == sent


def own_id(outcome: Outcome, method: bytes) -> bytes:
    """The request id of a response, which is also that of the request it echoes."""
    found = REQUEST_ID.findall(outcome.raw)
    assert len(found) == (1 if method == b"HEAD" else 2), outcome
    assert len(set(found)) == 1, outcome
    return bytes(found[0])


def _assert_is_meant(case: Legal, received: Received) -> None:
    request = received.request
    assert (request.method, request.target) == (case.method, case.target), received
    assert request.body == case.body, received
    assert request.trailers == [], received
    host = request.one(b"Host")
    assert host == case.host or (host and case.host is None), received
    not_ours = ADDED | HOP_BY_HOP | case.drops
    meant = [field for field in case.fields if field[0].lower() not in not_ours]
    seen = [field for field in request.fields if field[0].lower() not in ADDED]
    assert seen == meant, received


@pytest.mark.parametrize("case", doubtful(), ids=lambda case: case.id)
def test_doubtful_request_is_refused_or_arrives_clean(
    case: Doubtful, sidecar: Sidecar, origin: Origin
) -> None:
    plans = ways(case.data)
    outcomes = play(sidecar.port, plans, responses=1)
    verdicts = {outcome.status for outcome in outcomes}
    assert len(verdicts) == 1, {
        o.status: told(p) for p, o in zip(plans, outcomes, strict=True)
    }
    assert verdicts <= {200, 400, 431}, verdicts
    victim(sidecar.port)
    received = origin.take()
    assert len(received) == (len(plans) if verdicts == {200} else 0)
    for one in received:
        assert one.request.target == case.target, one
        assert one.request.trailers == [], one
