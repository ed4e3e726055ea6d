"""What a second worker adds, from what was seen."""

from typing import Any, cast

from benchmarks.workers import Crew, _table


def test_the_best_of_all_rounds_counts():
    one = Crew(cast("Any", None), 1, 1, 50.0, (), [1000.0], [100e-6, 120e-6], [1.0])
    two = Crew(
        cast("Any", None), 2, 2, 80.0, (), [1500.0, 1600.0], [125e-6], [0.7, 0.5]
    )
    rows = _table([one, two]).splitlines()
    assert rows[2] == (
        "| 1 | 1,000 | 100.0 µs | 100% | 1.00 times | 50.0 MiB | +0.0 MiB |"
    )
    assert rows[3] == (
        "| 2 | 1,600 | 125.0 µs | 50% | 1.60 times | 80.0 MiB | +30.0 MiB |"
    )
