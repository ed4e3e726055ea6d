from typing import Any

import pytest

from sidecar.config.draft import merged


@pytest.mark.parametrize(
    ("rule", "below", "above", "expected"),
    [
        ("key by key", {"a": 1, "b": 2}, {"b": 3}, {"a": 1, "b": 3}),
        ("deep", {"a": {"x": 1, "y": 2}}, {"a": {"y": 3}}, {"a": {"x": 1, "y": 3}}),
        ("lists as a whole", {"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ("off over a section", {"a": {"x": 1}}, {"a": "off"}, {"a": "off"}),
        ("a section over off", {"a": "off"}, {"a": {"x": 1}}, {"a": {"x": 1}}),
        ("null over a section", {"a": {"x": 1}}, {"a": None}, {"a": None}),
        ("nothing below", None, {"a": 1}, {"a": 1}),
    ],
)
def test_merges(rule, below, above, expected):
    assert merged(below, above) == expected, rule


def test_merging_twice_changes_nothing_and_shares_nothing():
    below, above = {"a": {"x": {"y": 1}}}, {"a": {"z": 2}}
    once: Any = merged(below, above)
    assert merged(below, once) == once
    once["a"]["x"]["y"] = 3
    assert below["a"]["x"]["y"] == 1


FILE = """\
upstreams: {default: {url: "http://app:80"}}
defaults:
  timeouts: {request: 5s, connect: 1s}
  upgrade: {idle: 1m}
routes:
  - name: a
    match: {path: /a}
    timeouts: {request: 9s}
    headers: {request: {set: {x-a: "1"}}}
  - name: b
    match: {path: /b}
    upgrade: off
"""


def test_routes_are_complete(loaded):
    a, b, default = loaded(FILE).config.routes
    assert (a.timeouts.request, a.timeouts.connect, a.timeouts.write) == (9, 1, 30)
    assert (b.timeouts.request, default.timeouts.request) == (5, 5)
    assert (a.upgrade.idle, b.upgrade, default.upgrade.idle) == (60, None, 60)
    assert a.headers.request.set == {"x-a": "1"}
    assert (a.upstream, default.name) == ("default", "default")


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("routes[0].timeouts.request", 8),
        ("routes[0].timeouts.connect", 3),
        ("routes[1].timeouts.request", 3),
        ("routes[2].timeouts.request", 3),
        ("routes[0].upgrade.idle", 4),
        ("routes[1].upgrade", 12),
        ("routes[0].headers.request.set.x-a", 9),
        ("upstreams.default.url", 1),
    ],
)
def test_sources(loaded, path, line):
    found = loaded(FILE)
    assert found.sources[path] == f"{found.path}:{line}"


def test_what_nobody_said_is_a_default(loaded):
    sources = loaded(FILE).sources
    assert sources["routes[0].timeouts.write"] == "default"
    assert sources["listen"] == "default"


def test_a_route_named_default_is_the_last_one(loaded):
    found = loaded("routes: [{name: default, slow: 7s}]").config.routes
    assert [(route.name, route.slow) for route in found] == [("default", 7)]


def test_the_only_upstream_is_the_default_one(loaded):
    found = loaded("upstreams: {app: {url: http://app}}\nroutes: []").config
    assert found.routes[-1].upstream == "app"
