import pytest

from sidecar.policy.lifetimes import Lifetimes


@pytest.mark.parametrize(
    ("rule", "lifetimes", "total"),
    [
        ("nothing said", Lifetimes(), 0),
        ("fresh alone", Lifetimes(fresh=60), 60),
        ("the longer stale use counts", Lifetimes(10, 5, 30), 40),
        ("and the time it is kept for validation", Lifetimes(10, 30, 5, keep=60), 100),
    ],
)
def test_total(rule, lifetimes, total):
    assert lifetimes.total == total, rule
