"""How hard the brake is pressed, one row per rule."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.brake import Brake, Pressure

FREE, EASED, OFF = Pressure


@pytest.mark.parametrize(
    ("rule", "lags", "expected"),
    [
        ("at rest", [0.0], FREE),
        ("a little late", [0.024], FREE),
        ("late", [0.025], EASED),
        ("later", [0.1], OFF),
        ("better, but not well", [0.1, 0.06], OFF),
        ("let go by one", [0.1, 0.049], EASED),
        ("let go at once", [0.1, 0.0], FREE),
        ("still eased", [0.025, 0.013], EASED),
        ("and free", [0.025, 0.012], FREE),
        ("pressed again", [0.025, 0.0, 0.2], OFF),
    ],
)
def test_feel(rule, lags, expected):
    brake = Brake()
    assert [brake.feel(lag) for lag in lags][-1] is expected
    assert brake.pressure is expected


@given(st.lists(st.floats(0, 1)), st.floats(0.1, 1))
def test_what_is_too_late_always_brakes(before, late):
    brake = Brake()
    for lag in before:
        brake.feel(lag)
    assert brake.feel(late) is OFF
    assert brake.feel(0.0) is FREE
