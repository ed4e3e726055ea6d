"""What the keys of `cache` become."""

import pytest

from sidecar.config.schema_cache import Cache, Conditional
from sidecar.config.schema_policies import Compression
from sidecar.policy.edits import NO_EDITS, Edits
from sidecar.policy.pressure import Pressure
from sidecar.proxy.cache import RouteCache
from sidecar.proxy.clock import Clock
from sidecar.proxy.observed_cache import ObservedCache
from sidecar.proxy.phases import NO_CACHE
from sidecar.proxy.ready import nothing
from sidecar.proxy.refining import Refining
from sidecar.server.caching import MOST_NAMES, Caching, Lighter
from sidecar.telemetry.cache_counts import CacheCounts
from sidecar.telemetry.lightness import Lightness
from tests.storage.no_store import NoStore


@pytest.fixture
def caching():
    return Caching(NoStore(), CacheCounts(), Clock())


@pytest.fixture
def made(caching):
    def cache(**keys):
        return caching.cache("r", Cache.model_validate(keys), NO_EDITS)

    return cache


def test_off(caching):
    assert caching.cache("r", None, NO_EDITS) is NO_CACHE


@pytest.mark.parametrize(
    ("mode", "kind"), [("enforce", RouteCache), ("observe", ObservedCache)]
)
def test_mode(made, mode, kind):
    assert type(made(mode=mode)) is kind


def keeping(cache):
    return cache.answered._keeper._keeping


@pytest.mark.parametrize(
    ("keys", "attribute", "expected"),
    [
        ({}, "ttl", None),
        ({"ttl": "5m"}, "ttl", 300),
        ({"negative_ttl": "7s"}, "negative_ttl", 7),
        ({"override": True}, "override", True),
        ({"heuristic": True}, "heuristic", True),
        ({"statuses": [200]}, "statuses", {200}),
        ({"stale_while_revalidate": "1s"}, "stale_while_revalidate", 1),
        ({"stale_if_error": "1h"}, "stale_if_error", 3600),
        ({}, "jitter", 0.05),
    ],
)
def test_rules(made, keys, attribute, expected):
    assert getattr(keeping(made(**keys)).rules, attribute) == expected


@pytest.mark.parametrize(
    ("key", "known"),
    [
        ({}, set()),
        ({"headers": ["X-A"]}, {b"x-a"}),
        # One cookie in the key does not tell users apart by the others.
        ({"cookies": ["lang"]}, set()),
        ({"by_identity": True}, set()),
    ],
)
def test_what_the_key_holds(made, key, known):
    assert keeping(made(key=key)).known == known


@pytest.mark.parametrize(
    ("query", "target"),
    [
        ("all", b"/?b=1&a=2"),
        ("none", b"/"),
        (["a"], b"/?a=2"),
        ({"except": ["a"]}, b"/?b=1"),
    ],
)
def test_query(made, query, target):
    key = made(key={"query": query})._settings.key
    assert key.query.target(b"/?b=1&a=2") == target


def test_what_is_left(made):
    cache = made(
        max_size="1KiB",
        tags=["t"],
        invalidates=["/a/**", "tag:x"],
        early_refresh=False,
        collapse=False,
        ignore_client_no_cache=True,
        errors=True,
    )
    found, storing = keeping(cache), cache.answered._settings
    assert (found.max_size, found.tags, found.errors) == (1024, (b"t",), True)
    assert (storing.max_size, storing.early_refresh) == (1024, False)
    assert (storing.also.paths, storing.also.tags) == ((b"/a/**",), (b"x",))
    lookups = cache._settings
    assert (lookups.collapse, lookups.ignores_no_cache) == (False, True)


def test_routes_that_say_the_same_share_what_becomes_of_answers(caching):
    def cache(route, **keys):
        return caching.cache(route, Cache.model_validate(keys), NO_EDITS)

    one, same, other = cache("a"), cache("b"), cache("c", ttl="1m")
    assert one.answered is same.answered
    assert one.answered is not other.answered
    assert one._settings.key != same._settings.key


def test_what_is_rendered_otherwise_has_another_name(caching):
    def name(edits=NO_EDITS, **lighter):
        cache = caching.cache("r", Cache(), edits, lighter=Lighter(**lighter))
        return cache.answered.writer._renditions._name

    small = Compression.model_validate({"min_size": 1})
    first, coded, both, again = (
        name(),
        name(compression=small),
        name(compression=small, conditional=Conditional()),
        name(),
    )
    assert first == again == b""
    assert len({first, coded, both, name(Edits.of({"a": "b"}, []))}) == 4


def test_routes_that_come_and_go_are_not_remembered_without_end(caching):
    section = Cache()

    def name(route):
        cache = caching.cache(route, section, NO_EDITS)
        return cache.answered.writer._renditions._name

    assert all(name(f"r{number}") == b"" for number in range(MOST_NAMES))
    assert name("one more") == name("another") != b""
    assert name("r0") == b""
    assert len(caching._first) == MOST_NAMES


@pytest.mark.parametrize(
    ("rule", "keys", "told"),
    [
        ("popular bodies are made smaller", {"padding": 7}, True),
        ("not where the file says so", {"refine": False}, False),
        ("not where nothing is compressed", None, False),
    ],
)
def test_who_is_told_of_what_is_popular(caching, rule, keys, told):
    caching.refining = Refining(NoStore(), Pressure(), Lightness())
    compression = None if keys is None else Compression.model_validate(keys)
    cache = caching.cache("r", Cache(), NO_EDITS, lighter=Lighter(compression))
    popular = cache.answered.writer._popular
    assert (popular is not nothing) is told, rule
    if told:
        assert popular.args == (7,)
