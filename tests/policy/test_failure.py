"""What a failed attempt is called, and what it says to the breaker."""

import asyncio

import pytest

from sidecar import errors
from sidecar.policy.circuit import Outcome
from sidecar.policy.failure import Counts, Failure, failure

CONNECT, TIMEOUT, RESET = Failure
USUAL = Counts.parse(["connect", "timeout", "reset", "500-599"])


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.NameNotResolved(), CONNECT),
        (errors.ConnectionRefused(), CONNECT),
        (errors.ConnectTimedOut(), CONNECT),
        (errors.TlsFailed(), CONNECT),
        (errors.ResponseTimedOut(), TIMEOUT),
        (errors.ResponseStalled(), TIMEOUT),
        (errors.ConnectionLost(), RESET),
        (errors.ResponseInvalid(), RESET),
        (errors.ResponseIncomplete(), RESET),
        (errors.PoolExhausted(), None),
        (errors.ClientGone(), None),
        (errors.RequestTimedOut(), None),
        (errors.InternalError(), None),
        (asyncio.CancelledError(), None),
        (OSError(), None),
    ],
)
def test_kind(error, kind):
    assert failure(error) is kind
    expected = Outcome.NEUTRAL if kind is None else Outcome.FAILURE
    assert USUAL.error(error) is expected


@pytest.mark.parametrize(
    ("rule", "words", "status", "outcome"),
    [
        ("a good answer", [], 200, Outcome.SUCCESS),
        ("also one that says go there", [], 302, Outcome.SUCCESS),
        ("what the client did wrong", ["500-599"], 404, Outcome.ANSWERED),
        ("unless it counts", ["404"], 404, Outcome.FAILURE),
        ("what the upstream did wrong", ["500-599"], 503, Outcome.FAILURE),
        ("unless it does not count", ["502-599"], 500, Outcome.SUCCESS),
        ("too many requests", ["500-599"], 429, Outcome.ANSWERED),
        ("where that counts", ["400-499"], 429, Outcome.THROTTLED),
        ("the lowest", ["500-502"], 500, Outcome.FAILURE),
        ("the highest", ["500-502"], 502, Outcome.FAILURE),
        ("the next", ["500-502"], 503, Outcome.SUCCESS),
    ],
)
def test_status(rule, words, status, outcome):
    assert Counts.parse(words).statuses[status] is outcome


def test_a_failure_that_does_not_count_is_an_answer_all_the_same():
    assert Counts.parse(["timeout"]).error(errors.ConnectionLost()) is Outcome.ANSWERED
