"""The language of `match.path`, and the paths that are too unclear for it."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.path_pattern import fault, includes, is_ambiguous, segments


@pytest.mark.parametrize(
    ("rule", "path", "ambiguous"),
    [
        ("plain", b"/api/products/1", False),
        ("a slash at its end", b"/api/", False),
        ("the root", b"/", False),
        ("all of a server", b"*", False),
        ("escapes that mean no structure", b"/caf%C3%A9/%20%7e", False),
        ("dots within a name", b"/a.b/..c/.well-known/...", False),
        ("a parameter", b"/a;v=1/b", False),
        ("an encoded slash", b"/a%2Fb", True),
        ("in lower case", b"/a%2fb", True),
        ("an encoded backslash", b"/a%5Cb", True),
        ("a backslash", b"/a\\b", True),
        ("a dot segment", b"/a/./b", True),
        ("at the end", b"/a/.", True),
        ("two dots", b"/a/../b", True),
        ("at the end", b"/a/..", True),
        ("half encoded", b"/a/.%2E/b", True),
        ("all encoded", b"/a/%2e%2e", True),
        ("with a parameter", b"/a/..;/b", True),
        ("with an encoded one", b"/a/..%3Bx/b", True),
        ("slashes in a row", b"/a//b", True),
        ("at the end", b"/a//", True),
        ("NUL", b"/a%00", True),
        ("a line break", b"/a%0d%0Ab", True),
        ("any control character", b"/a%1f", True),
        ("delete", b"/a%7F", True),
        ("no escape", b"/a%zz", True),
        ("half an escape", b"/a%2", True),
        ("no digits", b"/a%", True),
        ("encoded twice", b"/a%252Fb", True),
        ("a fragment", b"/a#b", True),
    ],
)
def test_is_ambiguous(rule, path, ambiguous):
    assert is_ambiguous(path) is ambiguous


@pytest.mark.parametrize(
    ("rule", "pattern", "parts"),
    [
        ("the root", "/", [b""]),
        ("names", "/api/v1", [b"api", b"v1"]),
        ("a slash at its end", "/api/", [b"api", b""]),
        ("a named segment is any segment", "/a/{id}/*", [b"a", b"*", b"*"]),
        ("any number, once", "/**/**/a/**", [b"**", b"a", b"**"]),
        ("as a backend reads it", "/café au lait", ["café au lait".encode()]),
        ("also with escapes", "/caf%C3%A9;a=b%40c", ["café;a=b@c".encode()]),
        ("but a star is none", "/%2A/%2a%2A", [b"%2A", b"%2A%2A"]),
    ],
)
def test_segments(rule, pattern, parts):
    assert segments(pattern) == parts


@pytest.mark.parametrize(
    ("rule", "pattern", "said"),
    [
        ("fine", "/api/*/{id}/**", None),
        ("the root", "/", None),
        ("everything", "/**", None),
        ("no slash", "api", "begin with /"),
        ("a query", "/api?a=b", "before the ?"),
        ("half a segment", "/api/*.json", "whole segments, unlike '*.json'"),
        ("three stars", "/***", "whole segments"),
        ("a brace", "/{id", "whole segments"),
        ("no name", "/{}", "whole segments"),
        ("ambiguous", "/a/../b", "ambiguous"),
        ("an empty segment", "/a//b", "ambiguous"),
    ],
)
def test_fault(rule, pattern, said):
    found = fault(pattern)
    assert found is None if said is None else said in (found or "")


@pytest.mark.parametrize(
    ("rule", "one", "other", "included"),
    [
        ("itself", "/a/*/**", "/a/*/**", True),
        ("another", "/a", "/b", False),
        ("a name in any", "/*", "/a", True),
        ("not the other way", "/a", "/*", False),
        ("any number", "/a/**", "/a/b/*/c", True),
        ("also none", "/a/**", "/a", True),
        ("also an empty one", "/a/**", "/a/", True),
        ("which one is not", "/a/*", "/a/", False),
        ("nor is any number", "/a/*", "/a/**", False),
        ("in the middle", "/**/z", "/a/**/b/z", True),
        ("which ends otherwise", "/**/z", "/a/**", False),
        ("several", "/**/b/**/c", "/a/b/x/b/c", True),
        ("not certain, so not said", "/**/*", "/*/**", False),
    ],
)
def test_includes(rule, one, other, included):
    assert includes(segments(one), segments(other)) is included


def fits(pattern, path):
    """The rules of a pattern, word by word."""
    if not pattern:
        return not path
    part, *rest = pattern
    if part == b"**":
        return any(fits(rest, path[at:]) for at in range(len(path) + 1))
    fitting = path and path[0] and (part in {b"*", path[0]})
    return bool(fitting or path[:1] == [part]) and fits(rest, path[1:])


PATHS = [[*p] for n in range(5) for p in product([b"a", b"b", b"c"], repeat=n)]
patterns = st.lists(st.sampled_from(["a", "b", "*", "**"]), max_size=4).map(
    lambda parts: segments("/".join(["", *parts]))
)


@given(patterns, patterns)
def test_what_is_included_fits_nothing_more(one, other):
    if includes(one, other):
        assert all(fits(one, path) for path in PATHS if fits(other, path))
