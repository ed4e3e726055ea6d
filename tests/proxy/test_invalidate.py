from sidecar.policy.invalidation import Also
from sidecar.proxy.invalidate import invalidate
from sidecar.storage.store import Purge
from tests.proxy.cache_script import Shelf


def test_what_is_purged():
    shelf = Shelf()
    values = {b"location": b"/x", b"cache-group-invalidation": b'"g"'}
    also = Also.of(["/api/**", "tag:t"])
    invalidate(shelf, b"http://a/p", b"/p?q=1", values, also)
    urls, paths = shelf.purged
    assert set(urls.urls) == {b"http://a/p?q=1", b"http://a/p", b"http://a/x"}
    assert urls.tags == (b"t", b"group:http://a g")
    assert paths == Purge(patterns=(b"/api/**",), origin=b"http://a")


def test_nothing_else_is_one_purge():
    shelf = Shelf()
    invalidate(shelf, b"http://a/p", b"/p", {}, Also())
    assert shelf.purged == [Purge(urls=(b"http://a/p",))]


def test_the_target_as_sent_goes_too_where_the_key_has_less_of_it():
    shelf = Shelf()
    invalidate(shelf, b"http://a/p", b"/p?q=1", {}, Also())
    (purge,) = shelf.purged
    assert set(purge.urls) == {b"http://a/p", b"http://a/p?q=1"}
