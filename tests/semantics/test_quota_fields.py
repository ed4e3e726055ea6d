"""RateLimit fields, word for word."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.quota_fields import Named, draft, legacy, silent

BURST, DAY = Named.of("burst", 100, 60), Named.of("day", 1000, 86_400)
SOON = Named.of("soon", 1, 0.25)


@pytest.mark.parametrize(
    ("rule", "standings", "policy", "value"),
    [
        ("one", [(BURST, 50, 30.0)], b'"burst";q=100;w=60', b'"burst";r=50;t=30'),
        ("rounded up", [(BURST, 0, 0.1)], b'"burst";q=100;w=60', b'"burst";r=0;t=1'),
        (
            "a window below a second",
            [(SOON, 0, 0)],
            b'"soon";q=1;w=1',
            b'"soon";r=0;t=0',
        ),
        (
            "several",
            [(BURST, 1, 2), (DAY, 9, 3)],
            b'"burst";q=100;w=60, "day";q=1000;w=86400',
            b'"burst";r=1;t=2, "day";r=9;t=3',
        ),
    ],
)
def test_draft(rule, standings, policy, value):
    assert draft(standings) == (
        b"RateLimit-Policy: " + policy + b"\r\nRateLimit: " + value + b"\r\n"
    )


def test_one_trio_whatever_was_said_before():
    burst, day = legacy([(BURST, 50, 29.5)]), legacy([(DAY, 3, 9)])
    assert legacy([(DAY, 3, 9)], burst) == day
    assert legacy([(BURST, 50, 29.5)], day) == day


@pytest.mark.parametrize(
    ("rule", "standings", "values"),
    [
        ("one", [(BURST, 50, 29.5)], (b"100", b"50", b"30")),
        ("the least left", [(BURST, 50, 30), (DAY, 3, 9)], (b"1000", b"3", b"9")),
        (
            "of equals the slowest",
            [(BURST, 0, 30), (DAY, 0, 90)],
            (b"1000", b"0", b"90"),
        ),
    ],
)
def test_legacy(rule, standings, values):
    assert legacy([], b"before") == b"before"
    lines = legacy(standings).split(b"\r\n")
    names = (b"X-RateLimit-Limit: ", b"X-RateLimit-Remaining: ", b"X-RateLimit-Reset: ")
    assert lines == [
        *(name + one for name, one in zip(names, values, strict=True)),
        b"",
    ]


def test_silent():
    assert silent([(BURST, 1, 1.0)]) == b""


@given(st.integers(0, 10**9), st.floats(0, 10**8))
def test_the_numbers_are_whole_and_never_early(left, seconds):
    value = draft([(DAY, left, seconds)]).split(b"\r\n")[1].removeprefix(b"RateLimit: ")
    name, r, t = value.split(b";")
    assert (name, r, t) == (b'"day"', b"r=%d" % left, b"t=%d" % ceil(seconds))
