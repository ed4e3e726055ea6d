import json
from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.admin.answers import Problem
from sidecar.admin.purging import MOST, purge, reached
from sidecar.storage.store import Purge


@pytest.mark.parametrize(
    ("rule", "said", "meant"),
    [
        (
            "soft where nothing is said",
            {"all": True},
            Purge(everything=True, soft=True),
        ),
        ("hard", {"all": True, "soft": False}, Purge(everything=True)),
        (
            "tags",
            {"tags": ["a", "b c", "é"]},
            Purge(tags=(b"a", b"b c", "é".encode()), soft=True),
        ),
        ("patterns", {"patterns": ["/a/**"]}, Purge(patterns=(b"/a/**",), soft=True)),
        (
            "a URL",
            {"urls": ["http://a/b?c"]},
            Purge(urls=(b"http://a/b?c",), soft=True),
        ),
        (
            "normalised",
            {"urls": ["HTTP://A.Example:80/B"]},
            Purge(urls=(b"http://a.example/B",), soft=True),
        ),
        (
            "another port",
            {"urls": ["https://a:80/"]},
            Purge(urls=(b"https://a:80/",), soft=True),
        ),
        (
            "without a path",
            {"urls": ["http://a"]},
            Purge(urls=(b"http://a/",), soft=True),
        ),
        (
            "only a query",
            {"urls": ["http://a?b"]},
            Purge(urls=(b"http://a/?b",), soft=True),
        ),
        ("a target", {"urls": ["/a?b"]}, Purge(urls=(b"/a?b",), soft=True)),
        (
            "empty lists say nothing",
            {"urls": [], "tags": ["a"]},
            Purge(tags=(b"a",), soft=True),
        ),
    ],
)
def test_what_is_to_go(rule, said, meant):
    assert purge(json.dumps(said).encode()) == meant, rule


@pytest.mark.parametrize(
    "said",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"[" * 60_000,
        b"{}",
        b'{"all": false}',
        b'{"urls": []}',
        b'{"all": 1}',
        b'{"soft": "no", "all": true}',
        b'{"keys": ["a"]}',
        b'{"urls": "http://a/"}',
        b'{"urls": {"http://a/": 1}}',
        b'{"urls": [1]}',
        b'{"urls": [null]}',
        b'{"urls": ["a"]}',
        b'{"urls": [""]}',
        b'{"urls": ["ftp://a/"]}',
        b'{"urls": ["http://"]}',
        b'{"urls": ["http://a/b c"]}',
        b'{"urls": ["http://a/#b"]}',
        b'{"urls": ["http://a/\\u00e9"]}',
        b'{"tags": [""]}',
        b'{"tags": ["' + b"x" * 257 + b'"]}',
        b'{"patterns": ["a/*"]}',
        b'{"patterns": ["/a*"]}',
        b'{"patterns": ["/' + b"x" * 2000 + b'"]}',
        json.dumps({"tags": ["a"] * (MOST + 1)}).encode(),
    ],
)
def test_what_says_nothing_clear(said):
    with pytest.raises(Problem) as refused:
        purge(said)
    assert refused.value.status == HTTPStatus.BAD_REQUEST
    assert len(refused.value.title) < 150


@given(
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.booleans() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["urls", "tags", "patterns", "all", "soft", "x"]), inner
            )
        ),
    ).map(lambda value: json.dumps(value).encode())
)
def test_anything_is_a_purge_or_a_problem(content):
    try:
        found = purge(content)
    except Problem:
        return
    assert found.urls or found.tags or found.patterns or found.everything


def test_what_is_said_of_it():
    assert reached(Purge(soft=True), {"memory": True, "redis": False}) == {
        "soft": True,
        "tiers": {"memory": True, "redis": False},
    }
