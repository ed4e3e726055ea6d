"""Timestamps as RFC 3339 writes them."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.telemetry.timestamps import rfc3339


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0, "1970-01-01T00:00:00.000Z"),
        (1_763_780_130.25, "2025-11-22T02:55:30.250Z"),
        (0.9999, "1970-01-01T00:00:00.999Z"),
        (-0.5, "1969-12-31T23:59:59.500Z"),
    ],
)
def test_rfc3339(seconds, expected):
    assert rfc3339(seconds) == expected


@given(st.floats(0, 4e9))
def test_reading_gives_the_time_to_the_millisecond(seconds):
    read = datetime.fromisoformat(rfc3339(seconds)).timestamp()
    assert read == pytest.approx(seconds, abs=0.0011)
