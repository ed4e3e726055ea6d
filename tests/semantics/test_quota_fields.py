"""RateLimit fields, word for word, and as any parser of structured fields reads them."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.semantics.quota_fields import Quota, draft, legacy, policy_field

BURST, DAY = Quota.of("burst", 100, 60), Quota.of("day", 1000, 86_400)
BOTH = policy_field([BURST, DAY])


@pytest.mark.parametrize(
    ("rule", "quotas", "value"),
    [
        ("one", [BURST], b'"burst";q=100;w=60'),
        ("several", [BURST, DAY], b'"burst";q=100;w=60, "day";q=1000;w=86400'),
        ("a window below a second", [Quota.of("x", 1, 0.25)], b'"x";q=1;w=1'),
    ],
)
def test_policy(rule, quotas, value):
    assert policy_field(quotas) == (b"RateLimit-Policy", value)


@pytest.mark.parametrize(
    ("rule", "standings", "value"),
    [
        ("one", [(BURST, 50, 30.0)], b'"burst";r=50;t=30'),
        ("seconds are rounded up", [(BURST, 0, 0.1)], b'"burst";r=0;t=1'),
        ("several", [(BURST, 1, 2), (DAY, 9, 3)], b'"burst";r=1;t=2, "day";r=9;t=3'),
    ],
)
def test_draft(rule, standings, value):
    assert draft(BOTH, standings) == [BOTH, (b"RateLimit", value)]


@pytest.mark.parametrize(
    ("rule", "standings", "values"),
    [
        ("one", [(BURST, 50, 29.5)], [b"100", b"50", b"30"]),
        (
            "the least that is left",
            [(BURST, 50, 30), (DAY, 3, 9)],
            [b"1000", b"3", b"9"],
        ),
        (
            "of equals the slowest",
            [(BURST, 0, 30), (DAY, 0, 90)],
            [b"1000", b"0", b"90"],
        ),
    ],
)
def test_legacy(rule, standings, values):
    names = [b"X-RateLimit-Limit", b"X-RateLimit-Remaining", b"X-RateLimit-Reset"]
    assert legacy(standings) == list(zip(names, values, strict=True))


@given(st.integers(0, 10**9), st.floats(0, 10**8))
def test_the_numbers_are_whole_and_never_early(left, seconds):
    ((_, _), (_, value)) = draft(BOTH, [(DAY, left, seconds)])
    name, r, t = value.split(b";")
    assert (name, r) == (b'"day"', b"r=%d" % left)
    assert int(t.removeprefix(b"t=")) == ceil(seconds)
