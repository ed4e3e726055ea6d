"""What sections of the file become; what they decide is tested where it is decided."""

import pytest

from sidecar.config import policies
from sidecar.config.load import load
from sidecar.policy.cache_key import NO_QUERY, WHOLE_QUERY, SomeQuery
from sidecar.policy.compression import NO_COMPRESSION
from sidecar.policy.match import Match


def loaded(tmp_path, text):
    file = tmp_path / "sidecar.yaml"
    file.write_text(text)
    return load(file, environ={}).config


def route(tmp_path, said):
    return loaded(tmp_path, f"routes: [{{name: one, {said}}}]").routes[0]


@pytest.mark.parametrize(
    ("rule", "said", "expected"),
    [
        ("nothing", "match: {}", Match()),
        ("a path", "match: {path: /a}", Match("/a")),
        ("methods", "match: {methods: [GET]}", Match(methods=frozenset({b"GET"}))),
        ("a host", "match: {host: a.b}", Match(host=b"a.b")),
        ("fields", "match: {headers: {X-A: b}}", Match(fields={b"x-a": b"b"})),
    ],
)
def test_match(rule, said, expected, tmp_path):
    assert policies.match(route(tmp_path, said).match) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("all", WHOLE_QUERY),
        ("none", NO_QUERY),
        ("[a]", SomeQuery(frozenset({b"a"}))),
        ("{except: [a]}", SomeQuery(frozenset({b"a"}), others=True)),
    ],
)
def test_cache_key(query, expected, tmp_path):
    section = route(tmp_path, f"cache: {{key: {{query: {query}, headers: [X-A]}}}}")
    key = policies.cache_key("one", section.cache.key)
    assert (key.scope, key.query, key.headers) == (b"one", expected, (b"x-a",))


def test_compression(tmp_path):
    assert policies.compression(None) is NO_COMPRESSION
    section = route(tmp_path, "compression: {encodings: [br], opt_out: X-No}")
    made = policies.compression(section.compression)
    assert (made.codings, made.opt_out) == ((b"br",), b"x-no")


@pytest.mark.parametrize(
    ("rule", "text", "expected"),
    [
        ("its own", "routes: [{name: one, rate_limit: {rate: 1/s}}]", "one"),
        (
            "named",
            "routes: [{name: one, rate_limit: {rate: 1/s, name: two}}]",
            "two",
        ),
        (
            "one of several",
            "routes: [{name: one, rate_limit: [{rate: 1/s}, {rate: 2/s}]}]",
            "one-1",
        ),
        (
            "inherited",
            "defaults: {rate_limit: {rate: 1/s}}\nroutes: [{name: one}]",
            "default",
        ),
    ],
)
def test_limit_name(rule, text, expected, tmp_path):
    config = loaded(tmp_path, text)
    assert policies.limit_name(config, config.routes[0], 0) == expected
