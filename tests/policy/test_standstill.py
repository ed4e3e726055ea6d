"""Who had no turn looks at what came before anybody is late."""

import pytest

from sidecar.policy.standstill import STILL, Standstill
from sidecar.units import Instant


@pytest.mark.parametrize(
    ("rule", "looks", "over"),
    [
        ("ticks are no news", [1.0, 1.1, 1.2], [False, False, False]),
        ("nor is one that is a little late", [1.0, 1.0 + STILL], [False, False]),
        ("one that is very late is", [1.0, 9.0, 9.1], [False, True, False]),
        (
            "always late: every second one counts",
            [1.0, 2.0, 3.0, 4.0],
            [False, True, False, True],
        ),
        ("a clock that goes back means nothing", [9.0, 1.0, 1.1], [False] * 3),
    ],
)
def test_standstill(rule, looks, over):
    one = Standstill()
    assert [one.is_over(Instant(now)) for now in looks] == over
