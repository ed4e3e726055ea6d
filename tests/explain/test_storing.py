"""What the cache would do, and by which key."""

import pytest

from sidecar.explain.storing import HIDDEN, Lookup, Part, storing
from tests.explain.example import asked, loaded

URL = Part("url", "http://shop.example/products/1")


def of(folder, route=0, **request):
    config = loaded(folder).config
    return storing(config, config.routes[route], asked(**request))


@pytest.mark.parametrize(
    ("rule", "request_", "lookup", "why"),
    [
        ("as usual", {}, Lookup.YES, ()),
        ("a head", {"method": "HEAD"}, Lookup.YES, ()),
        ("reload", {"cache_control": "no-cache"}, Lookup.ANEW, ("cache-control",)),
        ("of old", {"pragma": "no-cache"}, Lookup.ANEW, ("cache-control",)),
        ("a method", {"method": "POST"}, Lookup.METHOD, ("POST",)),
        ("no-store", {"cache_control": "no-store"}, Lookup.YES, ()),
        ("a part", {"range": "bytes=0-1"}, Lookup.PART, ("range",)),
        ("if-range", {"range": "bytes=0-1", "if_range": '"a"'}, Lookup.PART, ("if-range", "range")),
        ("a part anew", {"range": "bytes=0-1", "pragma": "no-cache"}, Lookup.BYPASS, ("range",)),
        ("a part of what was changed", {"range": "bytes=0-1", "if_match": '"a"'}, Lookup.BYPASS, ("if-match", "range")),
        ("two answers", {"target": "/a//b"}, Lookup.BYPASS, ("ambiguous_path",)),
    ],
)  # fmt: skip
def test_lookup(rule, request_, lookup, why, tmp_path):
    found = of(tmp_path, **request_)
    assert (found.lookup, found.why) == (lookup, why)


def test_off(tmp_path):
    assert of(tmp_path, route=1).lookup is Lookup.OFF


def test_the_key_hides_what_is_secret(tmp_path):
    found = of(
        tmp_path,
        target="/products/1?b=2&utm=x&token=canary",
        accept_language="de",
        x_key="canary",
        cookie="lang=canary; other=1",
    )
    assert found.key == (
        Part("url", "http://shop.example/products/1?b=2&token=[redacted]"),
        Part("route", "products"),
        Part("accept-language", "de"),
        Part("x-key", HIDDEN),
        Part("cookie lang", HIDDEN),
    )
    assert found.credentials == ("cookie", "x-key")


def test_what_is_not_there_is_part_of_the_key(tmp_path):
    names = {part.name: part.value for part in of(tmp_path).key}
    assert names["accept-language"] is names["cookie lang"] is None


def test_what_a_change_outdates(tmp_path):
    found = of(tmp_path, method="POST")
    assert found.invalidates == (URL.value, "/products/**")
    assert of(tmp_path, method="OPTIONS").invalidates == ()


@pytest.mark.parametrize(
    ("cache", "words"),
    [
        ("{}", "where the response says"),
        ("{ttl: 1m}", "where the response does not say"),
        ("{ttl: 1m, override: true}", "unless the response forbids it"),
    ],
)
def test_on_what_condition_it_is_stored(cache, words, tmp_path):
    config = loaded(tmp_path, f"routes: [{{name: one, cache: {cache}}}]").config
    assert words in storing(config, config.routes[0], asked()).stores


@pytest.mark.parametrize(
    "request_",
    [{"method": "HEAD"}, {"cache_control": "no-store"}, {"range": "bytes=0-1"}],
)
def test_what_is_never_stored(request_, tmp_path):
    assert of(tmp_path, **request_).stores == ""
