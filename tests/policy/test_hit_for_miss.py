import pytest

from sidecar.policy.hit_for_miss import FOR, LOCKED_FOR, MOST, HitForMiss
from sidecar.policy.storability import Reason
from sidecar.units import Instant


@pytest.mark.parametrize(
    ("rule", "reason", "after", "found"),
    [
        ("noted", Reason.PRIVATE, 0, Reason.PRIVATE),
        ("for a while", Reason.PRIVATE, FOR - 1, Reason.PRIVATE),
        ("no longer", Reason.PRIVATE, FOR, None),
        ("locked for long", Reason.IDENTITIES, LOCKED_FOR - 1, Reason.IDENTITIES),
        ("not for ever", Reason.IDENTITIES, LOCKED_FOR, None),
    ],
)
def test_reason(rule, reason, after, found):
    marks = HitForMiss()
    marks.note(b"k", reason, Instant(10.0))
    assert marks.reason(b"k", Instant(10.0 + after)) is found, rule
    assert marks.reason(b"other", Instant(10.0)) is None


def test_what_became_storable_is_forgotten():
    marks = HitForMiss()
    marks.note(b"k", Reason.PRIVATE, Instant(0.0))
    marks.forget(b"k")
    marks.forget(b"k")
    assert marks.reason(b"k", Instant(0.0)) is None


def test_the_oldest_are_forgotten():
    marks = HitForMiss()
    for n in range(MOST + 10):
        marks.note(b"%d" % n, Reason.PRIVATE, Instant(0.0))
    assert len(marks) == MOST
    assert marks.reason(b"0", Instant(0.0)) is None
    assert marks.reason(b"%d" % (MOST + 9), Instant(0.0)) is Reason.PRIVATE
