"""Which buckets a request is charged to."""

import pytest

from sidecar.policy.identity import Identity, Kind
from sidecar.policy.quotas import By, Quota
from sidecar.policy.rate_limit import Limit
from tests.policy.test_identity import asks

PLAIN, GOLD = Limit.of("plain", 10, 60), Limit.of("gold", 100, 60)
SHARED = PLAIN.times(3, "plain-address")
TIERS = {"gold": GOLD}
ADDRESS = Identity(b"address", Kind.IP)
ALICE = Identity(b"alice", Kind.JWT)
RICH = Identity(b"rich", Kind.JWT, "gold")
OTHER = Identity(b"other", Kind.JWT, "silver")
CLAIMED = Identity(b"claimed", Kind.API_KEY, verified=False)
TENANT = {b"x-tenant": b"t1"}


def quota(by=By.IDENTITY):
    return Quota(PLAIN, by, b"x-tenant", TIERS, SHARED)


@pytest.mark.parametrize(
    ("rule", "by", "who", "values", "trusted", "keys"),
    [
        ("a verified user", By.IDENTITY, ALICE, {}, False, [PLAIN.key + b"alice"]),
        ("of a tier", By.IDENTITY, RICH, {}, False, [GOLD.key + b"rich"]),
        ("of an unknown one", By.IDENTITY, OTHER, {}, False, [PLAIN.key + b"other"]),
        ("an address", By.IDENTITY, ADDRESS, {}, False, [PLAIN.key + b"address"]),
        (
            "a claim counts twice",
            By.IDENTITY,
            CLAIMED,
            {},
            False,
            [PLAIN.key + b"claimed", SHARED.key + b"address"],
        ),
        ("by address", By.IP, RICH, {}, False, [PLAIN.key + b"address"]),
        ("all together", By.ROUTE, RICH, {}, False, [PLAIN.key]),
        (
            "by a stranger's field",
            By.FIELD,
            RICH,
            TENANT,
            False,
            [PLAIN.key + b"<t1>", SHARED.key + b"address"],
        ),
        ("by our proxy's field", By.FIELD, RICH, TENANT, True, [PLAIN.key + b"<t1>"]),
        (
            "a field that is not there",
            By.FIELD,
            RICH,
            {},
            False,
            [PLAIN.key + b"address"],
        ),
    ],
)
def test_charges(rule, by, who, values, trusted, keys):
    charges = quota(by).charges(
        asks(values, trusted=trusted),
        who,
        ADDRESS,
        lambda kind, value: b"<%b>" % value,
        2.0,
    )
    assert [charge.key for charge in charges] == keys
    assert {charge.cost for charge in charges} == {2.0}


def test_only_its_own_limit_is_told():
    charges = quota().charges(asks(), CLAIMED, ADDRESS, lambda k, v: v, 1.0)
    assert [charge.limit.told is not None for charge in charges] == [True, False]
    assert charges[1].limit.quota == 30
