"""Who is late, and who pays for asking twice."""

import pytest

from sidecar.policy.hedge import SOONEST, Hedge
from sidecar.units import Instant
from tests.proxy.script import request


@pytest.mark.parametrize(
    ("rule", "head", "seconds"),
    [
        ("a GET", request(b"GET"), 0.2),
        ("a HEAD", request(b"HEAD"), 0.2),
        ("what acts is not done twice", request(b"PUT"), None),
        ("nor what has a body", request(b"GET", content_length=3), None),
    ],
)
def test_delay(rule, head, seconds):
    assert Hedge(0.05, fixed=0.2).delay(head) == seconds


def test_nobody_is_late_at_once():
    assert Hedge(0.05, fixed=0.0).delay(request()) == SOONEST


def test_late_is_later_than_most():
    hedge = Hedge(0.05, after=0.95)
    assert hedge.delay(request()) is None
    for n in range(1000):
        hedge.answered(1.0 if n % 50 == 0 else 0.1, Instant(n * 0.01))
    assert hedge.delay(request()) == pytest.approx(0.1, rel=0.12)


def test_one_of_twenty_is_paid_for():
    hedge = Hedge(0.05, fixed=0.1)
    assert not hedge.may(Instant(0))
    for _ in range(100):
        hedge.answered(0.1, Instant(0))
    assert [hedge.may(Instant(0)) for _ in range(8)].count(True) in (4, 5)
