"""What the upstream is asked, and which refresh is begun behind whose back."""

import pytest

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.reuse import Forward
from sidecar.proxy.cache_shared import Lookups
from sidecar.proxy.looked_up import LookedUp, Ready
from sidecar.proxy.onward import Onward, as_keyed
from sidecar.units import Instant
from tests.proxy.cache_script import KEY, Scene
from tests.proxy.script import Client, exchange, request, route
from tests.proxy.test_cache import stored

NOW = Instant(1000.0)


def onward(scene):
    return Onward(Lookups(CacheKey(b"default")), scene.shared)


def found(entry=None):
    looked_up = LookedUp(Forward.STALE, b"http://example.org/", KEY, KEY, b"/")
    looked_up.entry = entry
    return looked_up


def test_what_does_not_count_is_not_sent_on():
    assert as_keyed(request(target=b"/a?b"), b"/a").target == b"/a"
    plain = request(target=b"/a")
    assert as_keyed(plain, b"/a") is plain


def test_it_begins_before_it_asks():
    scene, what = Scene(), found()
    scene.chances[0] = 0.5
    onward(scene).begin(what)
    assert (what.chance, what.mark) == (0.5, scene.shelf.mark())


@pytest.mark.parametrize(
    ("entry", "condition"), [(None, None), (stored(age=61), b'"a"')]
)
def test_what_is_stored_is_asked_about(entry, condition):
    what = found(entry)
    asked = onward(Scene()).asking(request(), what)
    assert asked.values.get(b"if-none-match") == condition
    assert what.validates is (condition is not None)


@pytest.mark.parametrize(
    ("rule", "failed_until", "flying", "refreshes"),
    [
        ("nobody does", 0.0, False, True),
        ("one has just failed", 1000.5, False, False),
        ("one is under way", 0.0, True, False),
    ],
)
def test_one_refresh_at_a_time(rule, failed_until, flying, refreshes):
    scene, entry = Scene(), stored(age=61)
    entry.failed_until = Instant(failed_until)
    if flying:
        scene.shared.flights.lead(KEY)
    one = exchange(Client(), request(), route(cache=scene.cache))
    ready, what = Ready(200, b"", b""), found(entry)
    onward(scene).refresh(one, ready, what, NOW)
    assert (ready.refresh is what) is refreshes, rule
    assert (what.flight is not None) is refreshes
