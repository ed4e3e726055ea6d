"""When one route takes all that another would."""

import pytest

from sidecar.policy.match import Match, covers

GET, BOTH = frozenset({b"GET"}), frozenset({b"GET", b"HEAD"})
ANYTHING = Match()
TENANT = Match(fields={b"X-Tenant": b"a"})


@pytest.mark.parametrize(
    ("rule", "one", "other", "covered"),
    [
        ("anything", ANYTHING, Match("/a", GET, b"a.org", {b"a": b"b"}), True),
        ("not the other way", Match("/a"), ANYTHING, False),
        ("everything is anything", Match("/**"), ANYTHING, True),
        ("and anything is everything", ANYTHING, Match("/**"), True),
        ("ambiguous paths fit no pattern", Match("/{a}/**"), Match("/**"), False),
        ("a path", Match("/a/**"), Match("/a/b"), True),
        ("another", Match("/a/**"), Match("/b"), False),
        ("fewer methods", Match(methods=BOTH), Match(methods=GET), True),
        ("more", Match(methods=GET), Match(methods=BOTH), False),
        ("all", Match(methods=GET), ANYTHING, False),
        ("a host", Match(host=b"A.org"), Match(host=b"a.Org"), True),
        ("another", Match(host=b"a.org"), Match(host=b"b.org"), False),
        ("any", Match(host=b"a.org"), ANYTHING, False),
        ("one below", Match(host=b"*.org"), Match(host=b"a.org"), True),
        ("all below that", Match(host=b"*.org"), Match(host=b"*.a.org"), True),
        ("not itself", Match(host=b"*.a.org"), Match(host=b"a.org"), False),
        ("at any port", Match(host=b"a.org"), Match(host=b"a.org:81"), True),
        ("at one port", Match(host=b"a.org:81"), Match(host=b"a.org"), False),
        (
            "below, at one port",
            Match(host=b"*.org:81"),
            Match(host=b"*.a.org:81"),
            True,
        ),
        ("a field", TENANT, Match(fields={b"x-tenant": b"a"}), True),
        ("another value", TENANT, Match(fields={b"x-tenant": b"b"}), False),
        ("any value", TENANT, Match(fields={b"x-tenant": b"*"}), False),
        ("for any value", Match(fields={b"x-tenant": b"*"}), TENANT, True),
        ("more fields", TENANT, Match(fields={b"x-tenant": b"a", b"b": b"*"}), True),
        ("fewer", Match(fields={b"x-tenant": b"a", b"b": b"*"}), TENANT, False),
    ],
)
def test_covers(rule, one, other, covered):
    assert covers(one, other) is covered
