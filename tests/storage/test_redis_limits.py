import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sidecar.policy.rate_limit import Charge, Limit
from sidecar.storage.redis_limits import RedisLimits
from sidecar.storage.remote import Unreachable
from tests.storage.pods import PREFIX, babbling, linked

HUNDRED = Limit.of("hundred", 100, 3600)
TEN = Limit.of("ten", 10, 3600)


def charge(key=b"user", limit=HUNDRED, cost=1.0):
    return Charge(key, limit, cost)


async def test_a_thousand_at_once_from_two_pods(valkey):
    async with linked(valkey.url) as one, linked(valkey.url) as other:
        pods = [RedisLimits(link, PREFIX, b"route") for link in (one, other)]
        asking = (pods[number % 2].spend([charge()]) for number in range(1000))
        verdicts = await asyncio.gather(*asking)
        assert sum(verdict.allowed for verdict in verdicts) == 100
        refused = [verdict for verdict in verdicts if not verdict.allowed]
        assert all(0 < verdict.retry_after <= 36 for verdict in refused)
        left = [v.standings[0].remaining for v in verdicts if v.allowed]
        assert sorted(left) == list(range(100))
        # Another user, and another route, have their own.
        assert (await pods[0].spend([charge(b"other")])).allowed
        assert (await RedisLimits(one, PREFIX, b"x").spend([charge()])).allowed


async def test_a_turn_of_the_loop_is_one_turn_of_the_server(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        await limits.spend([charge()])
        turns = []
        link._reading._witness = type(
            "Diary", (), {"worked": lambda _: turns.append(1), "failed": None}
        )()
        await asyncio.gather(*(limits.spend([charge()]) for _ in range(200)))
        assert len(turns) == 1


async def test_all_limits_or_none(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        both = [charge(b"a", HUNDRED), charge(b"b", TEN)]
        verdicts = [await limits.spend(both) for _ in range(15)]
        assert [verdict.allowed for verdict in verdicts] == [True] * 10 + [False] * 5
        assert verdicts[-1].refused == TEN
        alone = await limits.spend([charge(b"a", HUNDRED)])
        assert alone.standings[0].remaining == 89, "refusals cost nothing"


async def test_a_cost_that_is_known_later_may_make_debts(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        await limits.settle(charge(cost=130))
        verdict = await limits.spend([charge()])
        assert not verdict.allowed
        assert verdict.retry_after == pytest.approx(31 * 36, abs=30)


async def test_buckets_share_a_slot_and_end_when_they_are_full(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        await limits.spend([charge(b"x" * 10_000), charge(b"\r\nFLUSHALL")])
        names = valkey.command("KEYS", "*")
        tags = {bytes(name).partition(b"{")[2].partition(b"}")[0] for name in names}
        assert (len(names), len(tags)) == (2, 1)
        assert all(0 < valkey.command("PTTL", name) <= 36_001 for name in names)


async def test_a_bucket_that_is_none_counts_as_full(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        await limits.spend([charge()])
        (name,) = valkey.command("KEYS", "*")
        valkey.command("SET", name, "nonsense")
        assert (await limits.spend([charge()])).standings[0].remaining == 99


async def test_a_clock_that_was_set_back_locks_nobody_out(valkey):
    """The server is another one, or its clock was an hour ahead."""
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        for _ in range(10):
            await limits.spend([charge(limit=TEN)])
        (name,) = valkey.command("KEYS", "*")
        full, at = map(float, valkey.command("GET", name).split())
        ahead = b"%.17g %.17g" % (full + 3600, at + 3600)
        valkey.command("SET", name, ahead)
        verdicts = [await limits.spend([charge(limit=TEN)]) for _ in range(2)]
        assert not any(verdict.allowed for verdict in verdicts)
        assert all(verdict.retry_after <= 360 for verdict in verdicts)
        assert float(valkey.command("GET", name).split()[1]) <= at + 60
        # And nobody is given anything for it.
        assert verdicts[0].retry_after > 300
        await limits.settle(charge(limit=TEN, cost=5.0))
        assert (await limits.spend([charge(limit=TEN)])).retry_after > 6 * 360 - 60


async def test_what_an_earlier_release_wrote_counts(valkey):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        await limits.spend([charge(limit=TEN)])
        (name,) = valkey.command("KEYS", "*")
        full, _ = valkey.command("GET", name).split()
        valkey.command("SET", name, full)
        assert (await limits.spend([charge(limit=TEN)])).standings[0].remaining == 8


@pytest.mark.parametrize(
    ("count", "period", "burst"),
    [(1, 10 * 365 * 86_400.0, 1_000_000), (10**9, 1.0, 1), (1, 86_400.0, 1)],
)
async def test_limits_that_nobody_has(valkey, count, period, burst):
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        one = charge(limit=Limit.of("odd", count, period, burst), cost=float(burst))
        assert (await limits.spend([one])).allowed


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from([b"a", b"b"]), st.floats(0.1, 4.0)), max_size=30)
)
async def test_no_order_lets_more_pass(valkey, costs):
    valkey.command("FLUSHALL")
    async with linked(valkey.url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        passed = {b"a": 0.0, b"b": 0.0}
        for key, cost in costs:
            if (await limits.spend([charge(key, TEN, cost)])).allowed:
                passed[key] += cost
        assert all(total <= 10.01 for total in passed.values())


@pytest.mark.parametrize("reply", [b":1", b"*0", b"$-1", b"*2\r\n$1\r\n1\r\n*0"])
async def test_a_server_that_says_what_nobody_asked(reply):
    async with babbling(reply) as url, linked(url) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        with pytest.raises(Unreachable):
            await limits.spend([charge()])


async def test_nobody_there(own_valkey):
    own_valkey.kill()
    async with linked(own_valkey.url, 0.05) as link:
        limits = RedisLimits(link, PREFIX, b"route")
        with pytest.raises(Unreachable):
            await limits.spend([charge()])
        with pytest.raises(Unreachable):
            await limits.settle(charge())
