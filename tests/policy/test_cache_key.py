import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.cache_key import (
    NO_QUERY,
    WHOLE_QUERY,
    CacheKey,
    SomeQuery,
    origin,
    part,
    spelt,
    told,
)

NAMED = SomeQuery(frozenset({b"id", b"page"}))
OTHERS = SomeQuery(frozenset({b"utm"}), others=True)


@pytest.mark.parametrize(
    ("rule", "query", "target", "kept"),
    [
        ("all of it", WHOLE_QUERY, b"/a?b=1&a=2&&", b"/a?b=1&a=2&&"),
        ("an empty one is another URL", WHOLE_QUERY, b"/a?", b"/a?"),
        ("none", NO_QUERY, b"/a?b=1", b"/a"),
        ("none of none", NO_QUERY, b"/a", b"/a"),
        ("the named", NAMED, b"/a?x=1&id=2", b"/a?id=2"),
        ("ordered by name", NAMED, b"/a?page=1&id=2", b"/a?id=2&page=1"),
        ("equal names keep their order", NAMED, b"/a?id=2&id=1", b"/a?id=2&id=1"),
        ("without a value", NAMED, b"/a?id", b"/a?id"),
        ("which an empty value is not", NAMED, b"/a?id=", b"/a?id="),
        ("the value as it is", NAMED, b"/a?id=%20+=x", b"/a?id=%20+=x"),
        ("all but some", OTHERS, b"/a?utm=1&id=2", b"/a?id=2"),
        ("case matters", OTHERS, b"/a?UTM=1&id=2", b"/a?UTM=1&id=2"),
        ("no query", OTHERS, b"/a", b"/a"),
        ("an empty one", OTHERS, b"/a?", b"/a"),
        ("nothing that counts", OTHERS, b"/a?utm=1", b"/a"),
        ("nothing that is named", NAMED, b"/a?x=1", b"/a"),
        ("empty parameters", OTHERS, b"/a?&&id=1", b"/a?id=1"),
        (
            "another separator: all of it",
            OTHERS,
            b"/a?a=1&utm=x;a=2",
            b"/a?a=1&utm=x;a=2",
        ),
        ("an escaped name: all of it", OTHERS, b"/a?a=1&ut%6d=2", b"/a?a=1&ut%6d=2"),
        ("a plus in a name: all of it", OTHERS, b"/a?a+b=1&utm=2", b"/a?a+b=1&utm=2"),
        ("brackets: all of it", NAMED, b"/a?id[]=1&x=2", b"/a?id[]=1&x=2"),
        ("a question mark inside", OTHERS, b"/a?id=1?utm=2", b"/a?id=1?utm=2"),
    ],
)
def test_query(rule, query, target, kept):
    assert query.target(target) == kept, rule


@pytest.mark.parametrize(
    ("rule", "scheme", "authority", "expected"),
    [
        ("as it is", "http", b"example.com", b"http://example.com"),
        ("case is nothing", "http", b"Example.COM", b"http://example.com"),
        ("nor the default port", "http", b"example.com:80", b"http://example.com"),
        ("of each scheme", "https", b"example.com:443", b"https://example.com"),
        ("another port is", "http", b"example.com:443", b"http://example.com:443"),
        (
            "a port that ends alike",
            "http",
            b"example.com:8080",
            b"http://example.com:8080",
        ),
        ("nor a final dot", "http", b"example.com.:80", b"http://example.com"),
        ("an address", "http", b"[::1]:80", b"http://[::1]"),
    ],
)
def test_origin(rule, scheme, authority, expected):
    assert origin(scheme, authority) == expected, rule


def test_url():
    key = CacheKey(b"r", query=NO_QUERY)
    assert key.url("http", b"A:80", b"/p?q=1") == b"http://a/p"


@pytest.mark.parametrize(
    ("rule", "key", "values", "identity", "suffix"),
    [
        ("the route", CacheKey(b"r"), {b"a": b"1"}, b"me", b" 1:r"),
        (
            "fields",
            CacheKey(b"r", headers=(b"a", b"b")),
            {b"a": b"x y"},
            None,
            b" 1:r 3:x y -",
        ),
        (
            "an empty one is another",
            CacheKey(b"r", headers=(b"a",)),
            {b"a": b""},
            None,
            b" 1:r 0:",
        ),
        (
            "cookies",
            CacheKey(b"r", cookies=(b"lang", b"x")),
            {b"cookie": b"a=1; lang=de"},
            None,
            b" 1:r 2:de -",
        ),
        ("no cookies", CacheKey(b"r", cookies=(b"lang",)), {}, None, b" 1:r -"),
        (
            "cookies that are read in several ways",
            CacheKey(b"r", cookies=(b"lang", b"x")),
            {b"cookie": b"x;lang=de"},
            None,
            b" 1:r cookie 9:x;lang=de",
        ),
        ("the user", CacheKey(b"r", by_identity=True), {}, b"me", b" 1:r 2:me"),
        ("no user", CacheKey(b"r", by_identity=True), {}, None, b" 1:r -"),
    ],
)
def test_suffix(rule, key, values, identity, suffix):
    assert key.suffix(values, identity) == suffix, rule
    assert key.constant in {None, suffix}


@pytest.mark.parametrize(
    ("key", "constant"),
    [
        (CacheKey(b"r"), b" 1:r"),
        (CacheKey(b"r", headers=(b"a",)), None),
        (CacheKey(b"r", cookies=(b"a",)), None),
        (CacheKey(b"r", by_identity=True), None),
    ],
)
def test_constant(key, constant):
    assert key.constant == constant


def test_a_host_in_other_spellings_is_told_apart():
    hosts = [b"t", b"T", b"t.", b"t:80"]
    assert len({spelt("http", host) for host in hosts}) == len(hosts)
    assert spelt("http", b"t") == (b"http://t", b"")
    assert spelt("http", b"t:8080") == (b"http://t:8080", b"")
    assert {spelt("http", host)[0] for host in hosts} == {b"http://t"}
    told_by = {b"forwarded": b"for=a"}
    assert len({told(told_by, host) for host in hosts}) == len(hosts)


@pytest.mark.parametrize(
    ("rule", "values", "host", "same"),
    [
        ("nothing is said", {b"accept": b"a"}, b"t", True),
        ("the way alone", {b"x-forwarded-for": b"192.0.2.1"}, b"t", True),
        ("a host", {b"x-forwarded-host": b"a"}, b"a", False),
        ("that only others read", {b"x-forwarded-host": b"a, b"}, b"b", False),
        ("in the other field", {b"forwarded": b"host=a"}, b"a", False),
        ("a port", {b"x-forwarded-port": b"8443"}, b"t", False),
        ("a prefix", {b"x-forwarded-prefix": b"/a"}, b"t", False),
        ("a scheme", {b"x-forwarded-proto": b"https"}, b"t", False),
        ("in other words", {b"x-forwarded-scheme": b"https"}, b"t", False),
        ("in yet others", {b"x-forwarded-ssl": b"on"}, b"t", False),
        ("of old", {b"x-forwarded-protocol": b"ssl"}, b"t", False),
        ("as Microsoft says it", {b"front-end-https": b"on"}, b"t", False),
        ("another host", {b"x-original-host": b"a"}, b"t", False),
    ],
)
def test_what_a_proxy_says_of_the_url(rule, values, host, same):
    assert (told(values, host) == b"") is same, rule
    assert told(values | {b"x-forwarded-for": b"192.0.2.2"}, host) == told(values, host)
    other = {name: value + b"0" for name, value in values.items()}
    assert (told(other, host + b"0") == told(values, host)) is same, rule


_values = (
    st.none() | st.binary(max_size=8) | st.sampled_from([b" -", b" 1:a", b"1:", b"-"])
)


_told = st.dictionaries(
    st.sampled_from([b"x-forwarded-host", b"x-forwarded-port", b"x-scheme"]),
    st.binary(max_size=8) | st.just(b" 6:x-host 1:a"),
    min_size=1,
)


@given(_told, _told)
def test_what_is_told_is_equal_where_all_of_it_is(one, other):
    assert (told(one, b"t") == told(other, b"t")) == (one == other)


@given(
    st.lists(_values, min_size=3, max_size=3), st.lists(_values, min_size=3, max_size=3)
)
def test_keys_are_equal_where_the_parts_are(one, other):
    key = CacheKey(b"r", headers=(b"a", b"b"), by_identity=True)

    def suffix(parts):
        values = {
            name: value
            for name, value in zip((b"a", b"b"), parts, strict=False)
            if value is not None
        }
        return key.suffix(values, parts[2])

    assert (suffix(one) == suffix(other)) == (one == other)


@given(st.lists(_values, max_size=4), st.lists(_values, max_size=4))
def test_parts_never_run_together(one, other):
    assert (b"".join(map(part, one)) == b"".join(map(part, other))) == (one == other)
