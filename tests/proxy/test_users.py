"""Whose a response is, and what of that its key holds."""

import pytest

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.identity import Identity, Kind
from sidecar.policy.ownership import NOBODY, owner
from sidecar.policy.reuse import Forward
from sidecar.proxy.looked_up import LookedUp
from sidecar.proxy.users import Apart, Users
from tests.proxy.script import Client, exchange, request

ALICE = Identity(b"alice", Kind.JWT, field=b"authorization")
TOKEN, COOKIE = {b"authorization": b"t"}, {b"cookie": b"c"}
PRIVATE = CacheKey(b"r", by_identity=True)


@pytest.mark.parametrize(
    ("rule", "key", "who", "values", "suffix", "proof", "owned"),
    [
        ("nobody has anything", CacheKey(b"r"), ALICE, {}, b" 1:r", b"", NOBODY),
        ("a user", PRIVATE, ALICE, TOKEN, b" 1:r 5:alice", b"authorization", b""),
        (
            "whose other credentials count",
            PRIVATE,
            ALICE,
            TOKEN | COOKIE,
            b" 1:r 5:alice",
            b"authorization",
            owner(COOKIE),
        ),
        ("who is none", PRIVATE, None, TOKEN, b" 1:r -", b"", owner(TOKEN)),
        ("an address", PRIVATE, None, {}, b" 1:r -", b"", NOBODY),
    ],
)
def test_users(rule, key, who, values, suffix, proof, owned):
    users = Users(key, Apart(proven=lambda _exchange: who))
    one = exchange(Client(), request(values=values))
    found = LookedUp(Forward.URI_MISS)
    users.sign(one, found)
    assert users.suffix(one) == suffix, rule
    assert (found.proof, found.owner) == (proof, owned), rule


def test_without_identities_everybody_is_nobody():
    assert Users(PRIVATE, Apart()).suffix(exchange()) == b" 1:r -"
