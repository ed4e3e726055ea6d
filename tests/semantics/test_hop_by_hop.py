"""RFC 9110 §7.6.1: what ends at a proxy, and who may take what out of a message."""

import pytest

from sidecar.semantics.hop_by_hop import HOP_BY_HOP, PROTECTED, Passing, nominated

PASSING = Passing(HOP_BY_HOP, (b"x-sidecar-",))


@pytest.mark.parametrize(
    ("rule", "connection", "names"),
    [
        ("no field", None, set()),
        ("nothing but options", b"Keep-Alive, close", set()),
        ("any case, any whitespace", b"close,\tX-One , x-TWO", {b"x-one", b"x-two"}),
        ("empty members", b", ,x-one,,", {b"x-one"}),
        ("credentials stay", b"Authorization, Cookie, x-one", {b"x-one"}),
        ("framing stays", b"Content-Length, Transfer-Encoding, Host", set()),
        ("what we say stays", b"X-Forwarded-For, Via, X-Request-Id", set()),
    ],
)
def test_nominated(rule, connection, names):
    assert nominated(connection) == names


def test_nothing_that_is_protected_can_be_nominated():
    assert nominated(b",".join(PROTECTED)) == set()


@pytest.mark.parametrize(
    ("rule", "name", "passing"),
    [
        ("end to end", b"Accept", b"accept"),
        ("hop by hop", b"Keep-Alive", b""),
        ("in any case", b"tRAILER", b""),
        ("an underscore is a hyphen", b"Transfer_Encoding", b""),
        ("a prefix", b"X-Sidecar-Key", b""),
        ("only from its start", b"Not-X-Sidecar-Key", b"not-x-sidecar-key"),
        (
            "no hop-by-hop field",
            b"Upgrade-Insecure-Requests",
            b"upgrade-insecure-requests",
        ),
    ],
)
def test_passing(rule, name, passing):
    assert PASSING[name] == passing
    assert PASSING[name] == passing  # remembered or not


def test_it_remembers_no_more_names_than_real_ones_need():
    passing = Passing(HOP_BY_HOP)
    for number in range(10_000):
        assert passing[b"x-%d" % number] == b"x-%d" % number
    assert len(passing) < 10_000
    assert passing[b"TE"] == b""


def test_long_names_are_not_remembered():
    passing = Passing(HOP_BY_HOP)
    assert passing[b"X" * 1000] == b"x" * 1000
    assert not passing


def test_lines_in_order_without_those_that_are_gone():
    fields = [(b"B", b"1"), (b"TE", b"trailers"), (b"a", b"2"), (b"B", b"3")]
    assert PASSING.of(fields, frozenset()) == [b"B: 1", b"a: 2", b"B: 3"]
    assert PASSING.of(fields, frozenset({b"b"})) == [b"a: 2"]
