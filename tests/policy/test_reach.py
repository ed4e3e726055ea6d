"""Routes that no request can take."""

import pytest

from sidecar.policy.match import Match
from sidecar.policy.reach import hidden

GET, POST = frozenset({b"GET"}), frozenset({b"POST"})


@pytest.mark.parametrize(
    ("rule", "matches", "found"),
    [
        ("none", [], []),
        ("different paths", [Match("/a"), Match("/b"), Match()], []),
        ("behind everything", [Match(), Match("/a"), Match("/b")], [(1, 0), (2, 0)]),
        (
            "the first that hides it",
            [Match("/a/**"), Match("/a/*"), Match("/a/b")],
            [(1, 0), (2, 0)],
        ),
        (
            "the special before the general",
            [Match("/a/b"), Match("/a/*"), Match("/a/**")],
            [],
        ),
        (
            "the same twice",
            [Match("/a", GET), Match("/a", POST), Match("/a", GET)],
            [(2, 0)],
        ),
        ("one method is left", [Match("/a", GET), Match("/a", GET | POST)], []),
        (
            "all are taken, by no single one",
            [Match("/a", GET), Match("/a", POST), Match("/a", GET | POST)],
            [],
        ),
        (
            "a host and a field",
            [
                Match(host=b"*.a.org", fields={b"b": b"*"}),
                Match("/a", None, b"b.a.org", {b"b": b"1"}),
            ],
            [(1, 0)],
        ),
        ("a host below", [Match(host=b"a.org"), Match(host=b"*.a.org")], []),
        ("its example is taken by another", [Match("/~any~"), Match("/*")], []),
    ],
)
def test_hidden(rule, matches, found):
    assert list(hidden(matches)) == found


def test_thousands_of_routes_are_checked():
    # One by one, this would be fifty million comparisons.
    matches = [Match(f"/api/v1/{number}/**") for number in range(10_000)]
    assert list(hidden([*matches, Match("/api/v1/77/x")])) == [(10_000, 77)]
