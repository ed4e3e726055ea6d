import pytest

from sidecar.policy.tags import MOST_TAGS, REST, groups, tags

ORIGIN = b"http://a"


@pytest.mark.parametrize(
    ("rule", "values", "static", "found"),
    [
        ("none", {}, (), ()),
        ("the route's", {}, (b"s",), (b"s",)),
        ("by spaces", {b"surrogate-key": b"a b  c"}, (), (b"a", b"b", b"c")),
        ("or commas", {b"surrogate-key": b"a, b"}, (), (b"a", b"b")),
        ("Varnish's", {b"xkey": b"a b"}, (), (b"a", b"b")),
        ("Cloudflare's", {b"cache-tag": b"a,b"}, (), (b"a", b"b")),
        (
            "RFC 9875",
            {b"cache-groups": b'"a", "b c"'},
            (),
            (b"group:http://a a", b"group:http://a b c"),
        ),
        ("which must be strings", {b"cache-groups": b"a, b"}, (), ()),
        ("each once", {b"xkey": b"a a", b"cache-tag": b"a"}, (b"a",), (b"a",)),
        ("the route's first", {b"xkey": b"a"}, (b"s",), (b"s", b"a")),
        ("one too long", {b"xkey": b"a" * 257 + b" b"}, (), (REST, b"b")),
    ],
)
def test_tags(rule, values, static, found):
    assert tags(values, static, ORIGIN) == found, rule


def test_their_number_is_bounded():
    many = b" ".join(b"%d" % n for n in range(10 * MOST_TAGS))
    found = tags({b"xkey": many}, (), ORIGIN)
    assert len(found) == MOST_TAGS + 1
    assert found[0] == REST


def test_groups_of_different_origins_are_different():
    assert groups(b'"a"', b"http://a") != groups(b'"a"', b"http://b")
    assert groups(None, ORIGIN) == ()


def test_32_groups_of_32_characters():
    value = b", ".join(b'"%032d"' % n for n in range(32))
    assert len(tags({b"cache-groups": value}, (), ORIGIN)) == 32
