"""How long and how much is read behind a last answer."""

import pytest

from sidecar.server.lingering import LONGEST, MOST, SILENCE, Lingering
from sidecar.units import Instant

START = Instant(100.0)


@pytest.mark.parametrize(
    ("rule", "after", "expected"),
    [
        ("as long as silence may be", 0.0, SILENCE),
        ("anew for what came later", LONGEST - SILENCE, SILENCE),
        ("not beyond the end", LONGEST - 1, 1.0),
        ("the end is now", LONGEST, 0.0),
    ],
)
def test_patience(rule, after, expected):
    assert Lingering(START).forget(1, Instant(START + after)) == expected


@pytest.mark.parametrize(
    ("rule", "counts", "expected"),
    [
        ("little", [1], False),
        ("below", [MOST - 1], False),
        ("all", [MOST - 1, 1], True),
    ],
)
def test_it_is_enough(rule, counts, expected):
    lingering = Lingering(START)
    for count in counts:
        lingering.forget(count, START)
    assert lingering.is_enough is expected
