import asyncio

import pytest

from sidecar.storage.redis_lease import RedisLeases
from sidecar.storage.remote import Unreachable
from tests.storage.pods import PREFIX, linked


async def test_one_of_all_has_it(valkey):
    async with linked(valkey.url) as one, linked(valkey.url) as other:
        leases = [RedisLeases(one, PREFIX), RedisLeases(other, PREFIX)]
        taking = (leases[number % 2].take(b"k", 60) for number in range(100))
        tokens = [token for token in await asyncio.gather(*taking) if token]
        assert len(tokens) == 1
        assert await leases[1].take(b"other", 60)
        leases[1].give_back(b"k", tokens[0])
        while not await leases[0].take(b"k", 60):
            pass


async def test_only_who_has_it_gives_it_back(valkey):
    async with linked(valkey.url) as link:
        leases = RedisLeases(link, PREFIX)
        assert await leases.take(b"k", 60)
        token = await leases.take(b"other", 60)
        assert token
        leases.give_back(b"k", b"guessed")
        leases.give_back(b"other", token)
        while not await leases.take(b"other", 60):
            pass
        assert await leases.take(b"k", 60) is None


async def test_who_stops_waiting_for_it_holds_nothing(valkey):
    async with linked(valkey.url) as link:
        leases = RedisLeases(link, PREFIX)
        asking = asyncio.ensure_future(leases.take(b"k", 60))
        await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        while not await leases.take(b"k", 60):
            pass


async def test_it_ends_by_itself(valkey):
    async with linked(valkey.url) as link:
        leases = RedisLeases(link, PREFIX)
        assert await leases.take(b"k", 0.001)
        while not await leases.take(b"k", 60):
            pass
        (name,) = valkey.command("KEYS", "*")
        assert 0 < valkey.command("PTTL", name) <= 60_000


async def test_it_is_renewed_by_who_has_it(valkey):
    async with linked(valkey.url) as link:
        leases = RedisLeases(link, PREFIX)
        token = await leases.take(b"k", 60)
        assert token
        (name,) = valkey.command("KEYS", "*")
        leases.renew(b"k", b"guessed", 7200)
        leases.renew(b"k", token, 3600)
        while await link.ask("PTTL", name) <= 60_000:
            pass
        assert valkey.command("PTTL", name) <= 3_600_000
        leases.renew(b"l", token, 60)
        leases.give_back(b"k", token)
        while await link.ask("EXISTS", name):
            pass
        assert valkey.command("KEYS", "*") == []


async def test_where_nobody_can_be_asked_everybody_works(own_valkey):
    own_valkey.kill()
    async with linked(own_valkey.url, 0.05) as link:
        leases = RedisLeases(link, PREFIX)
        token = await leases.take(b"k", 60)
        assert token
        assert await leases.take(b"k", 60)
        leases.give_back(b"k", token)


async def test_who_was_let_down_once_does_not_wait_again(own_valkey):
    async with linked(own_valkey.url, 0.05) as link:
        leases = RedisLeases(link, PREFIX)
        own_valkey.freeze()
        with pytest.raises(Unreachable):
            await link.ask("GET", "k")
        with pytest.raises(StopIteration):  # it is over before anything is awaited
            leases.take(b"k", 60).send(None)
