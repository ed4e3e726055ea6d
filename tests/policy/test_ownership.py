import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.ownership import (
    CREDENTIALS,
    NOBODY,
    are_two_users,
    is_for,
    owner,
    telling,
)


def test_without_credentials_all_are_one():
    assert owner({b"accept": b"x"}) == NOBODY


_values = st.dictionaries(
    st.sampled_from([*sorted(CREDENTIALS)[:6], b"accept"]), st.binary(max_size=8)
)


@given(_values, _values)
def test_owners_are_equal_where_credentials_are(one, other):
    def credentials(values):
        return {name: values[name] for name in CREDENTIALS if name in values}

    assert (owner(one) == owner(other)) is (credentials(one) == credentials(other))


def test_a_field_of_the_configured_identity_counts():
    one, other = {b"x-customer": b"1"}, {b"x-customer": b"2"}
    assert owner(one) == owner(other) == NOBODY
    names = CREDENTIALS | {b"x-customer"}
    assert owner(one, names) != owner(other, names)


@pytest.mark.parametrize(
    "name",
    [
        b"x-forwarded-user",
        b"x-auth-request-email",
        b"cf-access-jwt-assertion",
        b"x-authentik-username",
        b"x-consumer-id",
        b"private-token",
        b"x-session-token",
    ],
)
def test_a_user_whom_a_proxy_let_in_is_one(name):
    assert len({NOBODY, owner({name: b"alice"}), owner({name: b"bob"})}) == 3


def test_what_the_key_holds_needs_no_further_proof():
    token, cookie = {b"authorization": b"t"}, {b"cookie": b"c"}
    assert owner(token, proof=b"authorization") == b""
    both = owner(token | cookie, proof=b"authorization")
    assert both == owner(cookie, proof=b"authorization") == owner(cookie)
    assert owner(token | cookie) != both


@pytest.mark.parametrize(
    ("rule", "stored", "asking", "expected"),
    [
        ("everybody's", b"", b"me", True),
        ("mine", b"me", b"me", True),
        ("another's", b"you", b"me", False),
        ("nobody's, for a user", NOBODY, b"me", False),
        ("nobody's, for nobody", NOBODY, NOBODY, True),
    ],
)
def test_is_for(rule, stored, asking, expected):
    assert is_for(stored, asking) is expected, rule


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("sent on to another place", (b"Location", b"/a"), (b"Location", b"/b"), False),
        ("in another language", (b"Content-Language", b"a"), (b"X-A", b"b"), False),
        ("at another time", (b"Date", b"a"), (b"Date", b"b"), True),
        ("in other spelling", (b"LINK", b"a"), (b"Link", b"a"), True),
    ],
)
def test_what_two_users_are_told(rule, one, other, same):
    assert (telling([one]) == telling([other])) is same, rule


@pytest.mark.parametrize(
    ("rule", "one", "other", "two"),
    [
        ("two cookies", {b"cookie": b"a"}, {b"cookie": b"b"}, True),
        ("the same", {b"cookie": b"a"}, {b"cookie": b"a"}, False),
        ("a cookie and a key", {b"cookie": b"a"}, {b"x-api-key": b"a"}, False),
        ("one more", {b"cookie": b"a"}, {b"cookie": b"a", b"token": b"b"}, False),
        ("somebody and nobody", {b"cookie": b"a"}, {}, True),
        ("nobody", {}, {}, False),
    ],
)
def test_who_can_be_told_to_be_two(rule, one, other, two):
    assert are_two_users(owner(one), owner(other)) is two, rule
    assert are_two_users(owner(other), owner(one)) is two, rule
