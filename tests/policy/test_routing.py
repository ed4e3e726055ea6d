"""The first route that fits: as a walk over the list would find it, but sooner."""

import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.host_pattern import patterns
from sidecar.policy.path_pattern import segments
from sidecar.policy.routing import MOST_SEGMENTS, Match, Router, is_ambiguous
from sidecar.semantics.message import RequestHead

GET, POST = frozenset({b"GET"}), frozenset({b"POST"})
BASE = RequestHead(b"GET", b"/", 1, b"example.org", [], {})


def asked(target, method=b"GET", host=b"example.org", values=None):
    return replace(
        BASE, target=target, method=method, authority=host, values=values or {}
    )


@pytest.mark.parametrize(
    ("rule", "pattern", "target", "fits"),
    [
        ("the same", "/api", b"/api", True),
        ("whatever is asked of it", "/api", b"/api?a=/b", True),
        ("a slash at its end is another path", "/api", b"/api/", False),
        ("and the other way", "/api/", b"/api", False),
        ("in the same case", "/api", b"/API", False),
        ("no more than a beginning", "/api", b"/api/x", False),
        ("nor half a name", "/api/**", b"/apis", False),
        ("the root", "/", b"/", True),
        ("one segment", "/api/*", b"/api/x", True),
        ("with a name", "/api/{id}/z", b"/api/x/z", True),
        ("not two", "/api/*", b"/api/x/y", False),
        ("not none", "/api/*", b"/api", False),
        ("not an empty one", "/api/*", b"/api/", False),
        ("a star is not special in a path", "/api/x", b"/api/*", False),
        ("any number: none", "/api/**", b"/api", True),
        ("an empty one", "/api/**", b"/api/", True),
        ("one", "/api/**", b"/api/x", True),
        ("many", "/api/**", b"/api/x/y/z", True),
        ("in the middle", "/a/**/z", b"/a/b/c/z", True),
        ("as none", "/a/**/z", b"/a/z", True),
        ("twice", "/**/b/**/z", b"/a/b/c/b/z", True),
        ("which has to end so", "/a/**/z", b"/a/b/z/c", False),
        ("everything", "/**", b"/a/b", True),
        ("all of the server too", "/**", b"*", True),
        ("which is no path", "/*", b"*", False),
        ("an ambiguous path fits no pattern", "/a/**", b"/a/%2e%2e/b", False),
        ("but everything", "/**", b"/a/%2e%2e/b", True),
        ("escapes without need hide nothing", "/api/**", b"/%61p%69/x", True),
        ("nor in the pattern", "/%61pi", b"/api", True),
        ("letters that need them", "/café", b"/caf%C3%A9", True),
        ("in any case", "/café", b"/caf%c3%A9", True),
        ("a star is a star", "/%2A", b"/%2a", True),
        ("and no other", "/%2A", b"/a", False),
        ("as many segments as are read", "/a/**", b"/a" * MOST_SEGMENTS, True),
        ("too many", "/a/**", b"/a" * (MOST_SEGMENTS + 1), False),
        ("for all but everything", "/**", b"/a" * (MOST_SEGMENTS + 1), True),
    ],
)
def test_path(rule, pattern, target, fits):
    assert Router([Match(pattern)]).match(asked(target)) == (0 if fits else None)


@pytest.mark.parametrize(
    ("rule", "match", "head", "fits"),
    [
        ("nothing is asked", Match(), asked(b"/"), True),
        ("its method", Match(methods=GET | POST), asked(b"/"), True),
        ("another", Match(methods=POST), asked(b"/"), False),
        (
            "its host",
            Match(host=b"Example.org"),
            asked(b"/", host=b"eXample.org"),
            True,
        ),
        (
            "at any port",
            Match(host=b"example.org"),
            asked(b"/", host=b"example.org:81"),
            True,
        ),
        (
            "at its port",
            Match(host=b"example.org:81"),
            asked(b"/", host=b"example.org:81"),
            True,
        ),
        (
            "at another",
            Match(host=b"example.org:81"),
            asked(b"/", host=b"example.org:82"),
            False,
        ),
        ("at none", Match(host=b"example.org:81"), asked(b"/"), False),
        (
            "below it",
            Match(host=b"*.example.org"),
            asked(b"/", host=b"a.b.example.org"),
            True,
        ),
        ("not itself", Match(host=b"*.example.org"), asked(b"/"), False),
        ("no half a name", Match(host=b"*.ample.org"), asked(b"/"), False),
        ("another host", Match(host=b"a.org"), asked(b"/"), False),
        ("no host", Match(host=b"a.org"), asked(b"/", host=b""), False),
        (
            "its field",
            Match(fields={b"X-A": b"1"}),
            asked(b"/", values={b"x-a": b"1"}),
            True,
        ),
        (
            "with another value",
            Match(fields={b"X-A": b"1"}),
            asked(b"/", values={b"x-a": b"2"}),
            False,
        ),
        (
            "any value",
            Match(fields={b"X-A": b"*"}),
            asked(b"/", values={b"x-a": b""}),
            True,
        ),
        ("but there", Match(fields={b"X-A": b"*"}), asked(b"/"), False),
        (
            "both fields",
            Match(fields={b"b": b"1", b"a": b"*"}),
            asked(b"/", values={b"a": b"", b"b": b"1"}),
            True,
        ),
        (
            "one of them",
            Match(fields={b"b": b"1", b"a": b"*"}),
            asked(b"/", values={b"b": b"1"}),
            False,
        ),
    ],
)
def test_other_conditions(rule, match, head, fits):
    for path in (None, "/**"):
        assert Router([replace(match, path=path)]).match(head) == (0 if fits else None)
    same = Router([replace(match, path="/"), Match()])
    assert same.match(head) == (0 if fits else 1)


@pytest.mark.parametrize(
    ("rule", "matches", "target", "index"),
    [
        (
            "the first, not the most special",
            [Match("/a/**"), Match("/a/b")],
            b"/a/b",
            0,
        ),
        (
            "the special one where it is first",
            [Match("/a/b"), Match("/a/**")],
            b"/a/b",
            0,
        ),
        ("else the other", [Match("/a/b"), Match("/a/**")], b"/a/c", 1),
        ("everything before all", [Match(), Match("/a")], b"/a", 0),
        ("or in between", [Match("/a"), Match("/**"), Match("/b")], b"/b", 1),
        (
            "the way that looked better leads nowhere",
            [Match("/a/b/c"), Match("/*/b/d")],
            b"/a/b/d",
            1,
        ),
        (
            "conditions send it on",
            [Match("/a", POST), Match("/a", host=b"a"), Match("/a")],
            b"/a",
            2,
        ),
        ("none", [Match("/a")], b"/b", None),
        ("no routes", [], b"/", None),
    ],
)
def test_the_first_wins(rule, matches, target, index):
    assert Router(matches).match(asked(target)) == index


def fits_path(pattern, path):
    """The rules of a pattern, word by word."""
    if not pattern:
        return not path
    part, *rest = pattern
    if part == b"**":
        return any(fits_path(rest, path[at:]) for at in range(len(path) + 1))
    fitting = path and path[0] and (part in {b"*", path[0]})
    return bool(fitting or path[:1] == [part]) and fits_path(rest, path[1:])


def naive(matches, head):
    """The rules, word by word, over the list."""
    path = head.target.partition(b"?")[0]
    for index, match in enumerate(matches):
        if match.path not in {None, "/**"}:
            if is_ambiguous(path) or not path.startswith(b"/"):
                continue
            if not fits_path(segments(match.path), path[1:].split(b"/")):
                continue
        if match.methods is not None and head.method not in match.methods:
            continue
        if match.host is not None and match.host not in patterns(head.authority):
            continue
        asked_of = match.fields.items()
        if all(
            head.values.get(n) == v or (v == b"*" and n in head.values)
            for n, v in asked_of
        ):
            return index
    return None


methods = st.sampled_from([b"GET", b"POST"])
hosts = st.sampled_from([b"a.org", b"*.a.org", b"a.org:81", b"*.org"])
fields = st.dictionaries(
    st.sampled_from([b"x", b"y"]), st.sampled_from([b"1", b"2", b"*"])
)
paths = st.lists(
    st.sampled_from(["a", "b", "*", "**", "{id}", ""]), min_size=1, max_size=5
).map(lambda parts: "/" + "/".join(parts))
matches = st.builds(
    Match,
    st.none() | paths,
    st.none() | st.frozensets(methods),
    st.none() | hosts,
    st.just({}) | fields,
)
targets = st.lists(
    st.sampled_from(["a", "b", "c", "", "%2f", ".."]) | st.sampled_from("ab"),
    min_size=1,
    max_size=7,
).map(lambda parts: ("/" + "/".join(parts)).encode())
heads = st.builds(
    asked,
    targets | st.just(b"*"),
    methods,
    st.sampled_from([b"a.org", b"b.a.org", b"a.org:81", b"org", b""]),
    st.dictionaries(st.sampled_from([b"x", b"y"]), st.sampled_from([b"1", b"2"])),
)


@given(st.lists(matches, max_size=12), heads)
def test_it_agrees_with_a_walk_over_the_list(matches, head):
    assert Router(matches).match(head) == naive(matches, head)


def steps(router, head):
    """How many lines of code one match runs through."""
    count = 0

    def step(frame, event, arg):
        nonlocal count
        count += event == "line"
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        router.match(head)
    finally:
        sys.settrace(before)
    return count


def many(kind, count):
    match kind:
        case "path":
            return [Match(f"/api/{n}/**", GET) for n in range(count)]
        case "host":
            return [Match("/api/**", None, b"%d.example.org" % n) for n in range(count)]
        case "field":
            return [
                Match("/api/**", fields={b"x-tenant": b"%d" % n}) for n in range(count)
            ]
        case _:
            return [Match(f"/**/{n}") for n in range(count)]


@pytest.mark.parametrize("kind", ["path", "host", "field", "end"])
def test_ten_thousand_routes_cost_as_much_as_ten(kind):
    head = asked(b"/api/9/x/9", host=b"9.example.org", values={b"x-tenant": b"9"})
    few, lots = (Router([*many(kind, count), Match()]) for count in (10, 10_000))
    assert few.match(head) == lots.match(head) == 9
    assert steps(lots, head) == steps(few, head)


@pytest.mark.parametrize("segment", [b"/a", b"/b"])
def test_no_path_makes_it_go_back(segment):
    # Tried one way after the other, this would take longer than the universe has.
    pattern = "/**/a" * 20 + "/**/{x}" * 20 + "/z"
    router = Router([Match(pattern), Match("/**/a/**/*/**/a/z")])
    quarter, half, whole = (steps(router, asked(segment * n)) for n in (64, 128, 256))
    assert router.match(asked(segment * 256)) is None
    assert whole - half <= 2 * (half - quarter) * 1.1
    assert whole < 256 * (len(segments(pattern)) + 8) * 10
