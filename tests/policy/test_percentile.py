"""Within a tenth, and of the last few seconds."""

import random

import pytest

from sidecar.policy.percentile import LEAST, REFRESH, Percentile
from sidecar.units import Instant


def noted(percentile, latencies, start=0.0):
    for n, took in enumerate(latencies):
        percentile.note(took, Instant(start + n * 0.01))
    return percentile


@pytest.mark.parametrize(("share", "expected"), [(0.5, 0.5), (0.9, 0.9), (0.99, 0.99)])
def test_it_is_near_to_the_truth(share, expected):
    chance = random.Random(1)
    found = noted(Percentile(share), [chance.random() for _ in range(2000)])
    assert found.value == pytest.approx(expected, rel=0.12)


def test_few_say_nothing():
    assert noted(Percentile(0.5), [0.1] * (LEAST - 1)).value is None


def test_it_follows_what_changes():
    found = noted(Percentile(0.95), [0.1] * 1000)
    assert found.value == pytest.approx(0.1, rel=0.12)
    noted(found, [1.0] * 1000, start=10 * REFRESH)
    assert found.value == pytest.approx(1.0, rel=0.12)


@pytest.mark.parametrize("took", [0.0, 1e-9, 1e9])
def test_there_is_room_for_anything(took):
    assert noted(Percentile(0.5), [took] * 1000).value is not None
