"""What is counted of a response, and what was given up of it."""

import pytest

from sidecar.policy.compression import Skipped
from sidecar.policy.pressure import LAG, GivenUp, Level, Pressure
from sidecar.proxy.tally import Coded, Counting, Uncompressed
from tests.proxy.lightened import Counts, origin


@pytest.mark.parametrize(
    ("rule", "lag", "done", "counted", "given_up"),
    [
        ("compressed", 0, Coded(b"br", 9, 3), "br", None),
        ("less well", LAG[Level.LEVELS], Coded(b"br", 9, 3), "br", "level"),
        (
            "for want of time",
            LAG[Level.COMPRESSION],
            Skipped.BUSY,
            "busy",
            "compression",
        ),
        ("for another reason", LAG[Level.COMPRESSION], Skipped.TYPE, "type", None),
        ("left out", LAG[Level.COMPRESSION], None, "304", None),
    ],
)
def test_counted(rule, lag, done, counted, given_up):
    counts, pressure = Counts(), Pressure()
    pressure.feel(lag)
    head, tally = origin(), Counting(counts, pressure)
    assert tally.made((head, b"x", done)) == (head, b"x")
    coded = [coding.decode() for coding, _, _ in counts.coded_bytes]
    assert [*coded, *counts.skips, *["304"] * counts.confirmed] == [counted]
    assert [what for what, count in pressure.given_up.items() if count] == (
        [given_up] if given_up else []
    )


def test_where_nothing_is_compressed_there_is_one_reason():
    counts = Counts()
    tally = Counting(Uncompressed(counts), Pressure())
    head = origin()
    for done in (Skipped.TYPE, Skipped.RANGE, None):
        assert tally.made((head, b"x", done)) == (head, b"x")
    tally.small()
    assert (counts.skips, counts.confirmed) == (["off"] * 3, 1)


def test_what_is_no_rendering():
    counts, pressure = Counts(), Pressure()
    tally = Counting(counts, pressure)
    tally.small()
    tally.unselected()
    assert counts.skips == ["small"]
    assert pressure.given_up[GivenUp.SELECTION] == 1
