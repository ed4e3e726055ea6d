"""As many connections are held idle as descriptors allow."""

import pytest

from benchmarks.footprint import bearable
from sidecar.server.connections import RESERVED_DESCRIPTORS


@pytest.mark.parametrize(
    ("wanted", "descriptors", "expected"),
    [
        (10_000, 1 << 20, 10_000),
        (10_000, 20_256, 10_000),
        (10_000, 20_000, 9_800),
        (1_000, 1_024, 300),
        (1_000, 100, 0),
    ],
)
def test_bearable(wanted, descriptors, expected):
    assert bearable(wanted, descriptors) == expected
    assert 2 * expected + RESERVED_DESCRIPTORS <= max(descriptors, 256)
