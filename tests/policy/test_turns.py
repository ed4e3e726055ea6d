"""Who leaves the next connection to others."""

import pytest

from sidecar.policy.turns import has_too_many


@pytest.mark.parametrize(
    ("rule", "mine", "others", "expected"),
    [
        ("nobody else is there", 1000, [], False),
        ("all are new", 0, [0, 0], False),
        ("a few more are fair", 4, [0, 9], False),
        ("more are not", 5, [0, 9], True),
        ("who has least has the turn", 3, [100, 50], False),
        ("the others' average is no excuse", 50, [10, 90], True),
        ("an eighth more of many is fair", 1125, [1000, 2000], False),
        ("more than that is not", 1126, [1000, 2000], True),
    ],
)
def test_turn(rule, mine, others, expected):
    assert has_too_many(mine, others) is expected
