"""A duration, compared with what was measured."""

import pytest

from sidecar.admin.analysis import Measured, analysis, measured
from sidecar.admin.answers import Problem
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.readings import counted
from sidecar.telemetry.snapshot import Snapshot, add
from tests.telemetry.exchanges import lasting


def compared(duration, *exchanges, operation="products"):
    metrics, snapshot = Metrics(), Snapshot()
    for exchange in exchanges:
        metrics.observe(exchange)
    add(snapshot, counted(metrics))
    return analysis(snapshot, Measured(operation, duration))


USUAL = [lasting(0.02)] * 97
LATE = [lasting(2.0)] * 3


@pytest.mark.parametrize(
    ("rule", "duration", "exchanges", "verdict"),
    [
        ("as most", 20, USUAL + LATE, "usual"),
        ("at once", 0, USUAL + LATE, "usual"),
        ("longer than most", 1500, USUAL + LATE, "slow"),
        ("longer than nearly all", 2499, USUAL + LATE, "exceptional"),
        ("longer than can be told", 3_600_000, USUAL + LATE, "exceptional"),
        ("too few", 1500, USUAL[:19], "unknown"),
        ("a tunnel is no latency", 20, [lasting(9, status=101)] * 30, "unknown"),
    ],
)
def test_verdict(rule, duration, exchanges, verdict):
    found = compared(duration, *exchanges)
    assert found["verdict"] == verdict, rule
    assert bool(found["recommendations"]) == (verdict != "usual")


def test_what_it_is_compared_with():
    found = compared(1500, *USUAL, *LATE, lasting(9.0, route="other"))
    assert (found["operation"], found["duration"]) == ("products", 1500)
    assert found["requests"] == 100
    assert found["p50"] < 25 < found["p99"]
    assert 0.97 <= found["not_slower"] <= 0.99
    assert "of its requests took no longer" in found["recommendations"][0]


def test_before_the_first_request():
    found = compared(20, lasting(0.02, status=101))
    assert found["not_slower"] is found["p50"] is None


def test_another_name():
    assert compared(20, *USUAL, operation="other") is None


def test_what_may_be_sent():
    assert measured(b'{"operation": "a", "duration": 1}') == Measured("a", 1.0)
    assert measured(b'{"duration": 0.5, "operation": ""}') == Measured("", 0.5)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"[", b"[]", b"{}", b"null", b"[" * 100_000),
        b'{"operation": "a"}',
        b'{"operation": 1, "duration": 1}',
        *(
            b'{"operation": "a", "duration": %b}' % value
            for value in (b'"1"', b"null", b"true", b"-1", b"NaN", b"1e999", b"9" * 400)
        ),
        b'{"operation": "a", "duration": 1, "more": 1}',
    ],
)
def test_what_may_not(content):
    with pytest.raises(Problem):
        measured(content)
