import pytest

from sidecar.policy.hit_for_miss import FOR, LOCKED_FOR, MOST, RENEWED, HitForMiss
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


def test_it_lasts_as_long_as_it_is_noted_now_and_then():
    marks = HitForMiss()
    step = FOR * RENEWED / 3
    for n in range(20):
        marks.note(b"k", Reason.PRIVATE, Instant(n * step))
        assert marks.reason(b"k", Instant(n * step + 2 * step)) is Reason.PRIVATE


def test_another_reason_replaces_it():
    marks = HitForMiss()
    marks.note(b"k", Reason.PRIVATE, Instant(0.0))
    marks.note(b"k", Reason.IDENTITIES, Instant(1.0))
    assert marks.reason(b"k", Instant(FOR + 1)) is Reason.IDENTITIES


@pytest.mark.parametrize(
    ("rule", "reason", "after", "sure"),
    [
        ("just noted", Reason.NO_LIFETIME, 0, True),
        ("to be noted again", Reason.NO_LIFETIME, FOR * RENEWED, False),
        ("for a reason that has to be looked at", Reason.PRIVATE, 0, False),
    ],
)
def test_is_sure(rule, reason, after, sure):
    marks = HitForMiss()
    marks.note(b"k", reason, Instant(0.0))
    assert marks.is_sure(b"k", Instant(after)) is sure, rule
    assert not marks.is_sure(b"other", Instant(after))
