"""The whole of it: which route, why not the others, and that it stays as it is."""

import json
from dataclasses import asdict

import pytest

from sidecar.explain.explanation import MOST_OTHERS, explanation
from sidecar.policy.misfits import Aspect, Misfit
from tests.explain.example import asked, explain, loaded


def test_why_others_lost(tmp_path):
    found = explain(tmp_path, "/other")
    assert (found.route.name, found.route.index) == ("default", 2)
    products, raw = found.others
    assert products.misfits == (Misfit(Aspect.PATH, "/products/**"),)
    assert raw.misfits == (
        Misfit(Aspect.PATH, "/raw/**"),
        Misfit(Aspect.HOST, "raw.example"),
        Misfit(Aspect.HEADER, "x-canary"),
    )
    assert not products.later


def test_who_comes_later(tmp_path):
    found = explain(tmp_path)
    assert [(one.name, one.later) for one in found.others] == [
        ("raw", True),
        ("default", True),
    ]
    assert found.others[1].misfits == ()


def test_many_routes_are_a_bounded_answer(tmp_path):
    routes = "".join(
        f"  - {{name: r{n}, match: {{path: /r{n}}}}}\n" for n in range(MOST_OTHERS + 9)
    )
    found = explanation(loaded(tmp_path, f"routes:\n{routes}"), asked("/r5"))
    assert len(found.others) == MOST_OTHERS


@pytest.mark.parametrize(
    ("fields", "coding", "skipped"),
    [
        ({"accept_encoding": "gzip, br"}, "br", None),
        ({}, None, "not_accepted"),
        ({"accept_encoding": "br", "x_no_compression": "1"}, None, "opt_out"),
    ],
)
def test_compression(fields, coding, skipped, tmp_path):
    found = explain(tmp_path, **fields).compression
    assert (found.coding, found.skipped, found.min_size) == (coding, skipped, "1KiB")


def test_compression_that_is_off(tmp_path):
    found = explain(tmp_path, "/raw/x", host="raw.example", x_canary="canary-wanted")
    assert (found.compression.coding, found.compression.skipped) == (None, "off")


@pytest.mark.parametrize(
    ("protocol", "upgrade", "lookup"),
    [(b"websocket", "websocket", "bypass"), (b"other", None, "yes")],
)
def test_an_upgrade_that_is_not_passed_on_is_a_plain_request(
    protocol, upgrade, lookup, tmp_path
):
    question = asked()
    question.request.upgrade = protocol
    found = explanation(loaded(tmp_path), question)
    assert (found.guarding.upgrade, found.storing.lookup) == (upgrade, lookup)


def shape(value):
    """Keys, as far as they are the same for every file and request."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return shape(value[0]) if isinstance(value, list) and value else None


def test_the_json_keeps_its_keys(tmp_path):
    found = json.loads(json.dumps(asdict(explain(tmp_path))))
    assert shape({key: value for key, value in found.items() if key != "settings"}) == {
        "route": dict.fromkeys(("name", "index", "source")),
        "others": {
            **dict.fromkeys(("name", "index", "source", "later")),
            "misfits": dict.fromkeys(("aspect", "wanted")),
        },
        "upstream": dict.fromkeys(("name", "urls", "host")),
        "user": dict.fromkeys(("kind", "field", "proven", "address", "absent")),
        "guarding": {
            "charges": dict.fromkeys(
                ("name", "rate", "burst", "by", "cost", "mode", "tiers")
            ),
            "breaker": dict.fromkeys(("name", "mode")),
            "places": dict.fromkeys(("of", "max", "queue", "mode")),
            **dict.fromkeys(("repeats", "longest", "upgrade")),
        },
        "storing": {
            "key": dict.fromkeys(("name", "value")),
            **dict.fromkeys(("lookup", "why", "stores", "credentials", "invalidates")),
        },
        "compression": dict.fromkeys(("coding", "skipped", "min_size", "types")),
        "fields": None,
    }
    assert set(found["settings"][0]) == {"name", "value", "key", "source"}


def test_the_json_of_fields_keeps_its_keys(tmp_path):
    found = explanation(loaded(tmp_path, "defaults: {fields: {}}"), asked())
    keys = {"parameter", "expression", "envelope", "readable", "refused"}
    assert asdict(found)["fields"].keys() == keys


def test_no_secret_comes_out(tmp_path):
    text = str(explain(tmp_path, authorization="Bearer canary", x_key="canary"))
    assert "canary" not in text.replace("x-canary", "")
