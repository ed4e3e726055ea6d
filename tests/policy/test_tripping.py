"""When it opens, and for how long: one row per rule."""

import pytest

from sidecar.policy.circuit import Reason
from sidecar.policy.tripping import JITTER, Settings
from sidecar.policy.window import Window
from sidecar.units import NEVER, Instant

HALF = Settings(failure_rate=0.5, min_requests=4, open_for=10.0, max_open=60.0)
SLOW = Settings(slow_duration=2.0, slow_rate=0.75, min_requests=4)


def window(good=0, failed=0, slow=0):
    made = Window(10.0)
    for count, what in ((good, {}), (failed, {"failed": True}), (slow, {"slow": True})):
        for _ in range(count):
            made.note(Instant(1.0), **what)
    return made


@pytest.mark.parametrize(
    ("rule", "settings", "seen", "expected"),
    [
        ("nothing was seen", HALF, window(), None),
        ("of too few", HALF, window(failed=3), None),
        ("at the rate", HALF, window(good=2, failed=2), Reason.FAILURE_RATE),
        ("below it", HALF, window(good=3, failed=2), None),
        ("any rate is none of nothing", Settings(0.0), window(good=50), None),
        ("slow ones", SLOW, window(good=1, slow=3), Reason.SLOW_RATE),
        ("not so many", SLOW, window(good=2, slow=3), None),
        ("slow is like others", HALF, window(slow=9), None),
    ],
)
def test_verdict(rule, settings, seen, expected):
    assert settings.verdict(seen) is expected


def test_from_when_on_it_is_slow():
    assert SLOW.slow_from == 2.0
    assert HALF.slow_from == NEVER


@pytest.mark.parametrize(
    ("rule", "relapses", "chance", "expected"),
    [
        ("at first", 0, 0.0, 10.0),
        ("twice as long", 1, 0.0, 20.0),
        ("with a cap", 9, 0.0, 60.0),
        ("whatever happens", 10**6, 0.0, 60.0),
        ("a little less, by chance", 0, 1.0, 10.0 * (1 - JITTER)),
    ],
)
def test_length(rule, relapses, chance, expected):
    assert HALF.length(relapses, chance) == pytest.approx(expected)
