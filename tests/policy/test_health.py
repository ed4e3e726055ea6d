"""Out after three bad answers, back after two good ones."""

import pytest

from sidecar.policy.health import Health


@pytest.mark.parametrize(
    ("rule", "answers", "well"),
    [
        ("at first", "", True),
        ("a bad one", "b", True),
        ("enough of them", "bbb", False),
        ("not in a row", "bbgbb", True),
        ("a good one is not enough", "bbbg", False),
        ("two are", "bbbgg", True),
        ("in a row", "bbbgbg", False),
        ("and out again", "bbbggbbb", False),
    ],
)
def test_well(rule, answers, well):
    health = Health(healthy=2, unhealthy=3)
    changes = [health.note(good=answer == "g") for answer in answers]
    assert health.well is well
    assert sum(changes) % 2 == (0 if well else 1)
