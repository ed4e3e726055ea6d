import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.config import quantities as q


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("250ms", 0.25),
        ("30s", 30),
        ("5m", 300),
        ("1h", 3600),
        ("7d", 604_800),
        ("1m30s", 90),
        ("1.5s", 1.5),
        (2, 2),
        (0.5, 0.5),
        (0, 0),
    ],
)
def test_durations(given, expected):
    assert q.duration(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        "5 minutes",
        "30",
        "",
        "s",
        "-1s",
        "1s1m",
        "1:30",
        "٣s",
        "9999999d",
        -1,
        True,
        None,
        float("nan"),
        float("inf"),
        [],
        {},
        "9" * 5000 + "s",
    ],
)
def test_not_durations(given):
    with pytest.raises(ValueError, match="duration"):
        q.duration(given)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("64KiB", 65_536),
        ("10MiB", 10 * 2**20),
        ("1GiB", 2**30),
        ("500KB", 500_000),
        ("1.5KiB", 1536),
        ("7B", 7),
        (1024, 1024),
    ],
)
def test_sizes(given, expected):
    assert q.size(given) == expected


@pytest.mark.parametrize(
    "given", ["64kib", "10", "10M", "1.5B", "-1KB", 1.5, True, None, "9" * 400 + "KB"]
)
def test_not_sizes(given):
    with pytest.raises(ValueError, match="size"):
        q.size(given)


@pytest.mark.parametrize(
    ("given", "count", "period"),
    [
        ("100/15m", 100, 900),
        ("10/s", 10, 1),
        ("1000/h", 1000, 3600),
        ("1/500ms", 1, 0.5),
    ],
)
def test_rates(given, count, period):
    assert q.rate(given) == q.Rate(count, period)


@pytest.mark.parametrize(
    "given", ["0/s", "10/0s", "10", "10/", "/s", "1.5/s", 10, None]
)
def test_not_rates(given):
    with pytest.raises(ValueError, match="rate"):
        q.rate(given)


@pytest.mark.parametrize(
    ("given", "expected"), [("50%", 0.5), ("0%", 0), ("100%", 1), (0.5, 0.5), (1, 1)]
)
def test_ratios(given, expected):
    assert q.ratio(given) == expected


@pytest.mark.parametrize("given", ["101%", "-1%", "50", 50, "half", True, None])
def test_not_ratios(given):
    with pytest.raises(ValueError, match="ratio"):
        q.ratio(given)


@given(st.integers(0, int(q.LONGEST * 1000)))
def test_what_is_written_reads_back_as_the_same_duration(milliseconds):
    assert q.duration(q.duration_text(milliseconds / 1000)) == pytest.approx(
        milliseconds / 1000, abs=1e-6
    )


@given(st.integers(0, q.LARGEST))
def test_what_is_written_reads_back_as_the_same_size(count):
    # A decimal fraction of a unit is a float: never written, always whole.
    assert q.size(q.size_text(count)) == count


@given(st.integers(1, 10**9), st.sampled_from([0.5, 1.0, 60.0, 900.0, 86_400.0]))
def test_what_is_written_reads_back_as_the_same_rate(count, period):
    rate = q.Rate(count, period)
    assert q.rate(str(rate)) == rate


@given(st.integers(0, 1000))
def test_what_is_written_reads_back_as_the_same_ratio(thousandths):
    share = thousandths / 1000
    assert q.ratio(q.ratio_text(share)) == pytest.approx(share)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, "a mapping"),
        ([], "a list"),
        (None, "nothing (null)"),
        (True, "true"),
        ("a\nb", "'a\\nb'"),
        ("x" * 100, "'" + "x" * 59 + "…'"),
    ],
)
def test_values_are_shown_on_one_short_line(given, expected):
    assert q.shown(given) == expected
