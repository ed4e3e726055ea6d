import pytest

from sidecar.policy.tags import REST
from sidecar.storage.labels import DIGEST, cut, digest, fits, of_entry, split
from sidecar.storage.store import Purge
from tests.storage.entries import stored

ENTRY = stored(b"https://a.example/x?y=1", tags=(b"news", b"front page"))


@pytest.mark.parametrize(
    ("rule", "purge", "meant"),
    [
        ("by URL", Purge(urls=(b"https://a.example/x?y=1",)), True),
        ("another scheme", Purge(urls=(b"http://a.example/x?y=1",)), False),
        ("another query", Purge(urls=(b"https://a.example/x",)), False),
        ("a target, whatever the origin", Purge(urls=(b"/x?y=1",)), True),
        ("by tag", Purge(tags=(b"news",)), True),
        ("a tag is whole", Purge(tags=(b"front",)), False),
        ("case counts", Purge(tags=(b"News",)), False),
        ("a URL is no tag", Purge(tags=(b"https://a.example/x?y=1",)), False),
        ("nothing named", Purge(everything=True), False),
    ],
)
def test_a_purge_and_an_entry_have_a_label_in_common(rule, purge, meant):
    digests = set(map(digest, of_entry(ENTRY)))
    assert bool(digests & set(cut(purge).digests)) == meant, rule


@pytest.mark.parametrize(
    ("rule", "purge", "meant"),
    [
        ("its own", Purge(tags=(b"news",)), True),
        ("any other", Purge(tags=(b"of the rest",)), True),
        ("its URL", Purge(urls=(b"http://a/x",)), True),
        ("another URL", Purge(urls=(b"http://a/y",)), False),
    ],
)
def test_every_tag_is_of_a_response_that_has_more_than_are_kept(rule, purge, meant):
    digests = set(map(digest, of_entry(stored(tags=(REST, b"news")))))
    assert bool(digests & set(cut(purge).digests)) == meant, rule


def test_digests_are_short_whatever_the_url():
    assert len(digest(b"u" + b"x" * 100_000)) == DIGEST


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (b"http://a/b/c?d", (b"http://a", b"/b/c?d")),
        (b"http://a:81", (b"http://a:81", b"")),
        (b"/b://c", (b"", b"/b://c")),
    ],
)
def test_split(url, parts):
    assert split(url) == parts


URL = b"http://a.example/api/products/7?page=2"


def test_a_pattern_fits_however_a_path_is_escaped():
    (text,) = cut(Purge(patterns=("/café/*".encode(),))).patterns
    for path in (b"/caf%C3%A9/x", b"/caf%c3%a9/x", b"/%63af%C3%A9/x?y"):
        assert fits(text, b"http://a.example" + path), path


@pytest.mark.parametrize(
    ("pattern", "origin", "meant"),
    [
        (b"/api/products/**", b"", True),
        (b"/api/products/7", b"", True),
        (b"/api/*/7", b"", True),
        (b"/api/{kind}/*", b"", True),
        (b"/**", b"", True),
        (b"/api/*", b"", False),
        (b"/api", b"", False),
        (b"/api/products/7/", b"", False),
        (b"/api/**", b"http://a.example", True),
        (b"/api/**", b"http://b.example", False),
        (b"/api/**", b"https://a.example", False),
    ],
)
def test_fits(pattern, origin, meant):
    (text,) = cut(Purge(patterns=(pattern,), origin=origin)).patterns
    assert fits(text, URL) == meant
