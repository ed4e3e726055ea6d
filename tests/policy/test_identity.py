"""Who it is: the first source that is there; what a stranger says is only claimed."""

from dataclasses import dataclass, field

import pytest

from sidecar.policy.identity import (
    LONGEST,
    REMEMBERED,
    Addresses,
    ApiKey,
    Cookie,
    Identities,
    Kind,
    SignedToken,
    TrustedField,
    digest,
)
from sidecar.policy.tokens import Expected, Keys, Tokens
from sidecar.semantics.message import RequestHead
from sidecar.units import Timestamp
from tests.policy.test_tokens import SECRET, sign
from tests.proxy.script import request

NOW = Timestamp(1_000_000.0)
KEYED = digest(b"secret of this installation")


@dataclass
class Asks:
    request: RequestHead = field(default_factory=request)
    client: str = "192.0.2.1"
    trusted: bool = False


def asks(values=None, client="192.0.2.1", *, trusted=False):
    return Asks(request(values=values or {}), client, trusted)


def token_source():
    tokens = Tokens(
        Expected(tier="plan"),
        Keys.of_secret(SECRET, ["HS256"]),
        lambda token: KEYED(b"token", token),
    )
    return SignedToken(b"authorization", tokens, KEYED)


ALL = Identities(
    [
        token_source(),
        ApiKey(b"x-api-key", KEYED),
        TrustedField(b"x-user-id", b"x-user-tier", KEYED),
        Cookie(b"session", KEYED),
    ],
    Addresses(KEYED),
)
ALICE = b"Bearer " + sign({"sub": "alice", "plan": "premium"})
FORGED = b"Bearer " + sign({"sub": "alice", "plan": "premium"}, key="x" * 32)
KEY, COOKIE = {b"x-api-key": b"k1"}, {b"cookie": b"a=b; session=s1; c=d"}
USER = {b"x-user-id": b"u1", b"x-user-tier": b"gold"}


@pytest.mark.parametrize(
    ("rule", "values", "trusted", "kind", "tier", "verified"),
    [
        ("a signed token", {b"authorization": ALICE}, False, Kind.JWT, "premium", True),
        (
            "the first wins",
            {b"authorization": ALICE} | KEY,
            False,
            Kind.JWT,
            "premium",
            True,
        ),
        (
            "a forged one is none",
            {b"authorization": FORGED} | KEY,
            False,
            Kind.API_KEY,
            None,
            False,
        ),
        (
            "it counts on the address",
            {b"authorization": FORGED},
            False,
            Kind.IP,
            None,
            True,
        ),
        (
            "another scheme",
            {b"authorization": b"Basic eDp5"},
            False,
            Kind.IP,
            None,
            True,
        ),
        ("an API key", KEY, False, Kind.API_KEY, None, False),
        ("an empty one", {b"x-api-key": b""}, False, Kind.IP, None, True),
        (
            "a long one",
            {b"x-api-key": b"x" * (LONGEST + 1)},
            False,
            Kind.IP,
            None,
            True,
        ),
        ("what our proxy says", USER, True, Kind.HEADER, "gold", True),
        ("without a tier", {b"x-user-id": b"u1"}, True, Kind.HEADER, None, True),
        ("what a stranger says", USER, False, Kind.IP, None, True),
        ("says nothing", {b"x-user-id": b""}, True, Kind.IP, None, True),
        ("a cookie", COOKIE, False, Kind.COOKIE, None, False),
        ("an empty one", {b"cookie": b"session="}, False, Kind.IP, None, True),
        (
            "one with a similar name",
            {b"cookie": b"xsession=1"},
            False,
            Kind.IP,
            None,
            True,
        ),
        ("none", {}, False, Kind.IP, None, True),
    ],
)
def test_identify(rule, values, trusted, kind, tier, verified):
    found = ALL.identify(asks(values, trusted=trusted), NOW)
    assert (found.kind, found.tier, found.verified) == (kind, tier, verified)


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("the same key", KEY, KEY, True),
        ("another", KEY, {b"x-api-key": b"k2"}, False),
        ("the same value of another kind", KEY, {b"cookie": b"session=k1"}, False),
        ("other cookies beside it", COOKIE, {b"cookie": b"session=s1"}, True),
        (
            "two tokens of one user",
            {b"authorization": ALICE},
            {b"authorization": sign({"sub": "alice", "jti": "2"})},
            True,
        ),
        (
            "tokens of two",
            {b"authorization": ALICE},
            {b"authorization": b"bearer " + sign({"sub": "bob"})},
            False,
        ),
    ],
)
def test_who_is_the_same(rule, one, other, same):
    first, second = (ALL.identify(asks(values), NOW) for values in (one, other))
    assert (first.key == second.key) is same


@pytest.mark.parametrize(
    ("rule", "one", "other", "same"),
    [
        ("one address", "192.0.2.1", "192.0.2.1", True),
        ("two", "192.0.2.1", "192.0.2.2", False),
        ("one network", "2001:db8::1", "2001:db8::ffff:2", True),
        ("two networks", "2001:db8::1", "2001:db8:0:1::1", False),
        ("IPv4 mapped", "::ffff:192.0.2.1", "192.0.2.1", True),
        ("with a zone", "fe80::1%eth0", "fe80::2", True),
        ("unix sockets", "", "", True),
    ],
)
def test_addresses(rule, one, other, same):
    first, second = (ALL.identify(asks(client=client), NOW) for client in (one, other))
    assert (first.key == second.key) is same


@pytest.mark.parametrize(("prefix", "same"), [(48, True), (64, False), (128, False)])
def test_how_alike_addresses_are_one(prefix, same):
    addresses = Addresses(KEYED, v6_prefix=prefix)
    found = [addresses.identity(asks(client=f"2001:db8:0:{n}::1")) for n in (1, 2)]
    assert (found[0].key == found[1].key) is same


def test_what_is_remembered_of_addresses_is_bounded():
    addresses = Addresses(KEYED)
    for number in range(2 * REMEMBERED):
        addresses.identity(
            asks(client=f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
        )
    assert len(addresses._known) <= REMEMBERED


def test_a_hash_is_of_use_to_nobody_else():
    other = digest(b"secret of another installation")
    assert KEYED(b"ip", b"x") == digest(b"secret of this installation")(b"ip", b"x")
    assert KEYED(b"ip", b"x") != other(b"ip", b"x")
    assert len(KEYED(b"ip", b"x")) == 16


@pytest.mark.parametrize(
    ("rule", "values", "trusted", "field"),
    [
        ("a token", {b"authorization": ALICE}, False, b"authorization"),
        ("our proxy", USER, True, b"x-user-id"),
        ("a key", KEY, False, None),
        ("a cookie", COOKIE, False, None),
        ("a stranger", USER, False, None),
        ("an address", {}, True, None),
    ],
)
def test_what_proves_it(rule, values, trusted, field):
    found = ALL.identify(asks(values, trusted=trusted), NOW)
    assert found.is_proven is (field is not None), rule
    assert found.field == (field or b""), rule


def test_sources_in_two_places_mean_two_users_by_one_name():
    ones = [
        TrustedField(b"x-user-id", None, digest(b"secret", place)).identity(
            asks(USER, trusted=True), NOW
        )
        for place in (0, 1, 1)
    ]
    assert ones[0] != ones[1] == ones[2]


def test_no_value_is_in_what_is_kept():
    found = ALL.identify(asks({b"x-api-key": b"a-secret-value"}), NOW)
    assert b"a-secret-value" not in repr(found).encode()
