import pytest

from sidecar.loadtest.tally import Tally


@pytest.mark.parametrize(
    ("status", "good", "errors"),
    [
        (200, 1, {}),
        (304, 1, {}),
        (404, 0, {"status 404": 1}),
        (503, 0, {"status 503": 1}),
    ],
)
def test_an_answer(status, good, errors):
    tally = Tally("asked")
    tally.answer(status, 0.5)
    assert (tally.good, dict(tally.errors)) == (good, errors)
    assert tally.latency.count == good


def test_what_did_not_come_in_time_counts_as_long():
    tally = Tally("asked")
    tally.late(10.0)
    assert (tally.failed, tally.latency.largest) == (1, 10.0)


def test_a_failure_has_no_latency():
    tally = Tally("asked")
    tally.failure("closed")
    assert (tally.failed, tally.latency.count) == (1, 0)


def test_rate():
    tally = Tally("asked")
    assert tally.rate == 0.0
    tally.answer(200, 0.1)
    tally.time = 0.5
    assert tally.rate == 2.0
