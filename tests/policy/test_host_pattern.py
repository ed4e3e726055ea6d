"""Which host patterns a Host field's value fits."""

import pytest

from sidecar.policy.host_pattern import LONGEST_HOST, patterns


@pytest.mark.parametrize(
    ("rule", "authority", "fitting"),
    [
        ("itself and what is above it", b"a.b.org", [b"a.b.org", b"*.b.org", b"*.org"]),
        ("in lower case", b"B.Org", [b"b.org", b"*.org"]),
        (
            "with and without its port",
            b"b.org:81",
            [b"b.org", b"*.org", b"b.org:81", b"*.org:81"],
        ),
        ("the root's dot means nothing", b"b.org.", [b"b.org", b"*.org"]),
        ("no dot", b"localhost", [b"localhost"]),
        ("an IPv6 address", b"[::1]:81", [b"[::1]", b"[::1]:81"]),
        ("without a port", b"[::1]", [b"[::1]"]),
        ("a pattern", b"*.b.org", [b"*.b.org", b"*.b.org", b"*.org"]),
        ("no name", b".org", [b".org"]),
        ("too long for a name", b"a" * LONGEST_HOST + b".org", []),
    ],
)
def test_patterns(rule, authority, fitting):
    assert list(patterns(authority)) == fitting
