"""What the kernel says of a CPU limit, in both versions of cgroups."""

import pytest

from sidecar.telemetry.throttling import Throttling, limited, throttling

V2 = """usage_usec 3911
user_usec 2000
system_usec 1911
nr_periods 20
nr_throttled 5
throttled_usec 1250000
nr_bursts 0
burst_usec 0
"""
V1 = "nr_periods 20\nnr_throttled 5\nthrottled_time 1250000000\n"


@pytest.mark.parametrize(
    ("rule", "content", "expected"),
    [
        ("version 2", V2, Throttling(20, 5, 1.25)),
        ("version 1", V1, Throttling(20, 5, 1.25)),
        ("no limit", "usage_usec 3911\n", Throttling()),
        ("nonsense", "nr_periods\n", Throttling()),
        ("not a number", "nr_periods many\n", Throttling()),
        ("empty", "", Throttling()),
    ],
)
def test_reading(rule, content, expected, tmp_path):
    file = tmp_path / "cpu.stat"
    file.write_text(content)
    assert throttling(file) == expected


def test_where_there_is_no_such_file(tmp_path):
    assert throttling(tmp_path / "cpu.stat") == throttling(None) == Throttling()


def test_rows_are_read_anew_each_time(tmp_path):
    file = tmp_path / "cpu.stat"
    reading = limited(file)
    file.write_text(V2)
    assert list(reading()) == list(Throttling(20, 5, 1.25).rows())
    file.unlink()
    assert list(reading()) == list(Throttling().rows())
