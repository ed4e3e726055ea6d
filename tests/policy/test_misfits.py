"""Why a route does not fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.match import Match
from sidecar.policy.misfits import Aspect, Misfit, misfits
from sidecar.policy.routing import Router
from sidecar.semantics.message import RequestHead


def asked(target=b"/a/b", method=b"GET", host=b"x.example", **fields):
    values = {name.encode(): value for name, value in fields.items()}
    return RequestHead(method, target, 1, host, list(values.items()), values)


@pytest.mark.parametrize(
    ("rule", "match", "expected"),
    [
        ("whatever it is", Match(), []),
        ("all of it fits", Match("/a/*", frozenset({b"GET"}), b"*.example"), []),
        ("the path", Match("/b/**"), [Misfit(Aspect.PATH, "/b/**")]),
        ("methods", Match(methods=frozenset({b"PUT", b"POST"})), [Misfit(Aspect.METHOD, "POST, PUT")]),
        ("the host", Match(host=b"y.example"), [Misfit(Aspect.HOST, "y.example")]),
        ("a field that is not there", Match(fields={b"a": b"*"}), [Misfit(Aspect.HEADER, "a")]),
        ("all at once", Match("/b", frozenset({b"PUT"})), [Misfit(Aspect.PATH, "/b"), Misfit(Aspect.METHOD, "PUT")]),
    ],
)  # fmt: skip
def test_misfits(rule, match, expected):
    assert list(misfits(match, asked())) == expected


def test_a_field_of_another_value_is_named_without_the_value_wanted():
    found = misfits(Match(fields={b"x-key": b"secret"}), asked(**{"x-key": b"other"}))
    assert found == (Misfit(Aspect.HEADER, "x-key"),)


def test_an_ambiguous_path_fits_nothing_but_everything():
    head = asked(b"/a//b")
    assert misfits(Match("/**"), head) == ()
    assert misfits(Match("/a/**"), head) == (Misfit(Aspect.AMBIGUOUS_PATH, "/a/**"),)


PATHS = st.sampled_from([None, "/**", "/a", "/a/*", "/a/**", "/{x}/b"])
METHODS = st.sampled_from([None, frozenset({b"GET"}), frozenset({b"PUT", b"GET"})])
HOSTS = st.sampled_from([None, b"x.example", b"*.example", b"x.example:1"])
FIELDS = st.sampled_from([{}, {b"a": b"*"}, {b"a": b"1", b"b": b"2"}])
MATCHES = st.builds(Match, PATHS, METHODS, HOSTS, FIELDS)
HEADS = st.builds(
    lambda target, method, host, fields: asked(target, method, host, **fields),
    st.sampled_from([b"/a", b"/a/b", b"/a//b", b"/c?x=1"]),
    st.sampled_from([b"GET", b"PUT", b"X"]),
    st.sampled_from([b"x.example", b"x.example:1", b"y"]),
    st.sampled_from([{}, {"a": b"1"}, {"a": b"1", "b": b"2"}]),
)


@given(st.lists(MATCHES, max_size=4), HEADS)
def test_the_route_taken_is_the_first_without_any(matches, head):
    first = next((n for n, one in enumerate(matches) if not misfits(one, head)), None)
    assert Router(matches).match(head) == first
