"""The short way says what the long one does, whoever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.buckets import LocalBuckets
from sidecar.policy.identity import Addresses, ApiKey, Identities, TrustedField, digest
from sidecar.policy.quotas import By, Quota
from sidecar.policy.rate_limit import Limit
from sidecar.proxy.admission import LimitedAdmission, Limits, Stage
from sidecar.proxy.asker import Asker
from sidecar.proxy.single_admission import SingleAdmission, is_single
from sidecar.semantics.quota_fields import draft
from sidecar.telemetry.metrics import Tally
from sidecar.units import Instant, Timestamp
from tests.proxy.script import Client, exchange, request

KEYED = digest(b"secret")
LIMIT = Limit.of("limit", 2, 60.0)
TIERS = {"gold": Limit.of("limit-gold", 4, 60.0)}


def limits(by, tiers):
    quota = Quota(LIMIT, by, tiers=tiers, address=LIMIT.times(2, "limit-address"))
    sources = ApiKey(b"x-api-key", KEYED), TrustedField(b"x-user", b"x-tier", KEYED)
    asker = Asker(Identities(sources, Addresses(KEYED)), lambda: Timestamp(0.0))
    stage = Stage((quota,))
    return Limits(asker, KEYED, LocalBuckets(), Tally(), Tally(), stage, dialect=draft)


REQUESTS = st.tuples(
    st.sampled_from([{}, {b"x-api-key": b"k"}, {b"x-user": b"u"}]),
    st.sampled_from([{}, {b"x-tier": b"gold"}]),
    st.sampled_from(["192.0.2.1", "192.0.2.2"]),
    st.floats(0, 40),
)


@given(
    st.sampled_from([By.IDENTITY, By.IP]),
    st.sampled_from([{}, TIERS]),
    st.lists(REQUESTS, max_size=30),
)
def test_both_ways_say_the_same(by, tiers, requests):
    one, other = limits(by, tiers), limits(by, tiers)
    ways = SingleAdmission(one, one.buckets), LimitedAdmission(other)
    now = 0.0
    for who, tier, peer, pause in requests:
        now += pause
        found = []
        for way in ways:
            asks = exchange(Client(peer=peer), request(values=who | tier))
            asks.trusted, asks.started = True, Instant(now)
            error = way.admit(asks)
            told = error and (error.detail, error.retry_after)
            found.append((told, asks.extra))
        assert found[0] == found[1]
    assert one.tally.counts == other.tally.counts


@pytest.mark.parametrize(
    ("rule", "stage", "expected"),
    [
        ("one", Stage((Quota(LIMIT),)), True),
        ("of addresses", Stage((Quota(LIMIT, By.IP),)), True),
        ("none", Stage(), False),
        ("two", Stage((Quota(LIMIT), Quota(LIMIT, By.IP))), False),
        ("of the route", Stage((Quota(LIMIT, By.ROUTE),)), False),
        ("of a field", Stage((Quota(LIMIT, By.FIELD, b"x"),)), False),
        ("and a debt", Stage((Quota(LIMIT),), debts=(Quota(LIMIT),)), False),
        ("and one that watches", Stage((Quota(LIMIT),), (), (Quota(LIMIT),)), False),
    ],
)
def test_where_it_fits(rule, stage, expected):
    assert is_single(stage) is expected
