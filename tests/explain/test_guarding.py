"""What a request is charged to, what refuses it, how long it may take."""

import pytest

from sidecar.explain.guarding import Breaker, Places
from tests.explain.example import explain


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        ("by nothing but the address", {}, ["address 192.0.2.7", "address 192.0.2.7"]),
        (
            "by what is claimed, and the address",
            {"x_key": "k", "x_shop": "s"},
            [
                "api_key x-key and address 192.0.2.7",
                "header x-shop and address 192.0.2.7",
            ],
        ),
        (
            "by what is proven",
            {"peer": "10.0.0.1", "x_user": "u", "x_shop": "s"},
            ["header x-user", "header x-shop"],
        ),
    ],
)
def test_what_counts_are_kept_by(rule, fields, expected, tmp_path):
    charges = explain(tmp_path, **fields).guarding.charges
    assert [charge.by for charge in charges] == expected
    assert [(one.name, one.rate, one.burst, one.mode) for one in charges] == [
        ("products-1", "10/s", 10, "enforce"),
        ("products-2", "5/s", 5, "observe"),
    ]


@pytest.mark.parametrize(
    ("method", "fields", "repeats"),
    [("GET", {}, 2), ("POST", {}, 1), ("POST", {"idempotency_key": "1"}, 2)],
)
def test_who_is_asked_again(method, fields, repeats, tmp_path):
    found = explain(tmp_path, method=method, **fields).guarding
    assert (found.repeats, found.longest) == (repeats, "20s")


def test_breaker_and_places(tmp_path):
    found = explain(tmp_path).guarding
    assert found.breaker == Breaker("shop", "enforce")
    assert found.places == (Places("upstream shop", 9, None, "enforce"),)
    raw = explain(tmp_path, "/raw/x", host="raw.example", x_canary="canary-wanted")
    assert raw.route.name == "raw"
    assert (raw.guarding.breaker, raw.guarding.repeats) == (None, 1)
    assert raw.guarding.places[0] == Places("route raw", 3, 100, "enforce")
