import pickle
from contextlib import asynccontextmanager

import pytest

from sidecar.storage.entry import Variants
from sidecar.storage.envelope import Envelope
from sidecar.storage.epochs import Epochs
from sidecar.storage.labels import cut
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.redis_tier import RedisTier
from sidecar.storage.seal import Checksum, Signature
from sidecar.storage.store import Purge
from sidecar.units import Timestamp
from tests.storage.entries import WALL, stored
from tests.storage.pods import PREFIX, linked
from tests.storage.test_entry_bytes import said

TAG = cut(Purge(tags=(b"t",)))
SOFT = cut(Purge(tags=(b"t",), soft=True))


@asynccontextmanager
async def pod(url, seal=None):
    async with linked(url) as link:
        purges = RedisPurges(link, PREFIX, Epochs.of_one_process(WALL), lambda: WALL)
        tier = RedisTier(link, PREFIX, Envelope(seal or Checksum()), purges)
        await purges.read()
        yield tier
        await tier.close()


async def put(tier, key, entry, mark=None):
    tier.put(key, entry, tier.mark if mark is None else mark, WALL)
    await written(tier)


async def written(tier):
    while tier._link._writing._turns or tier._link._writing._calls:
        await tier._link.ask("PING")


async def test_what_one_pod_put_is_every_pods(valkey):
    async with pod(valkey.url) as one, pod(valkey.url) as other:
        entry = stored(tags=(b"t",), codings={b"br": b"b"}, owner=b"me")
        await put(one, b"k", entry)
        found = await other.get(b"k")
        assert (said(found.entry)[:12], found.mark) == (said(entry)[:12], 0)
        assert await other.get(b"other") is None
        one.remove(b"k")
        await written(one)
        assert await other.get(b"k") is None


async def test_variants(valkey):
    async with pod(valkey.url) as one:
        await put(one, b"k", Variants(b"u", (b"accept",), (b"1",), Timestamp(WALL + 9)))
        assert (await one.get(b"k")).entry.keys == (b"1",)


async def test_names_are_digests_and_end_with_their_entry(valkey):
    async with pod(valkey.url) as one:
        await put(one, b"k\r\nFLUSHALL\r\n" + b"x" * 100_000, stored())
        (name,) = valkey.command("KEYS", "test:e:*")
        assert len(name) == len("test:e:") + 32
        assert 80_000 < valkey.command("PTTL", name) <= 90_000
        await put(one, b"old", stored(generated=Timestamp(WALL - 100)))
        assert valkey.command("DBSIZE") == 2  # with the set of purges


@pytest.mark.parametrize(
    ("rule", "damage"),
    [
        ("cut", lambda value: value[:-1]),
        ("a bit", lambda value: value[:50] + bytes([value[50] ^ 1]) + value[51:]),
        ("a pickle", lambda value: pickle.dumps({"any": "thing"})),
        ("nothing", lambda value: b""),
    ],
)
async def test_a_value_that_is_not_ours_is_a_miss_and_goes(rule, damage, valkey):
    async with pod(valkey.url) as one:
        await put(one, b"k", stored())
        (name,) = valkey.command("KEYS", "test:e:*")
        valkey.command("SET", name, damage(valkey.command("GET", name)))
        assert await one.get(b"k") is None, rule
        assert one._link.faults["unreadable"] == 1
        await written(one)
        assert valkey.command("EXISTS", name) == 0


async def test_another_keys_value_is_a_miss(valkey):
    async with pod(valkey.url) as one:
        await put(one, b"a", stored(b"http://a/a"))
        (a,) = valkey.command("KEYS", "test:e:*")
        await put(one, b"b", stored(b"http://a/b"))
        b = next(name for name in valkey.command("KEYS", "test:e:*") if name != a)
        valkey.command("COPY", a, b, "REPLACE")
        assert await one.get(b"b") is None


async def test_another_kind_of_value_is_a_miss(valkey):
    async with pod(valkey.url) as one:
        await put(one, b"k", stored())
        (name,) = valkey.command("KEYS", "test:e:*")
        valkey.command("DEL", name)
        valkey.command("LPUSH", name, "x")
        assert await one.get(b"k") is None


async def test_signed_by_who_knows_the_key(valkey):
    secret, other = Signature(b"secret"), Signature(b"other")
    async with pod(valkey.url, secret) as one, pod(valkey.url, other) as stranger:
        await put(one, b"k", stored())
        assert await one.get(b"k")
        assert await stranger.get(b"k") is None


async def purged(tier, command):
    tier.publish(command)
    return await tier.told()


async def test_purges(valkey):
    async with pod(valkey.url) as one, pod(valkey.url) as other:
        await put(one, b"k", stored(tags=(b"t",)))
        await put(one, b"l", stored(b"http://a/l"))
        assert await purged(other, SOFT)
        assert (await one.get(b"k")).mark == one.mark
        assert (await one.get(b"l")).mark == 0
        assert await purged(other, TAG)
        assert await one.get(b"k") is None
        assert await one.get(b"l")
        await put(one, b"k", stored(tags=(b"t",)))
        assert (await other.get(b"k")).mark == 0


async def test_fetched_before_a_purge_and_put_after_it(valkey):
    async with pod(valkey.url) as one, pod(valkey.url) as other:
        mark = one.mark
        assert await purged(other, TAG)
        await put(one, b"k", stored(tags=(b"t",)), mark)
        assert await one.get(b"k") is None
        assert await other.get(b"k") is None


async def test_published_in_the_background(valkey):
    async with pod(valkey.url) as one, pod(valkey.url) as other:
        await put(one, b"k", stored(tags=(b"t",)))
        other.publish(TAG)
        other.publish(SOFT)
        assert await other.get(b"k") is None, "it is known not to be known yet"
        while await one.get(b"k"):
            pass


async def test_a_purge_that_the_server_was_not_told_of(own_valkey):
    async with pod(own_valkey.url) as one:
        await put(one, b"k", stored(tags=(b"t",)))
        link = one._link
        for _ in range(5):
            link.failed(OSError())
        assert not await purged(one, TAG)
        link.worked()
        assert await one.get(b"k") is None
        assert await purged(one, cut(Purge()))
        assert await one.get(b"k") is None


async def test_the_beat_learns_and_tells_without_anybody_asking(valkey):
    async with pod(valkey.url) as one, pod(valkey.url) as other:
        one.start()
        known = one.mark
        assert await purged(other, TAG)
        while one.mark == known:
            await other._link.ask("PING")


async def test_nobody_there(own_valkey):
    own_valkey.kill()
    async with linked(own_valkey.url, 0.05) as link:
        purges = RedisPurges(link, PREFIX, Epochs.of_one_process(WALL), lambda: WALL)
        tier = RedisTier(link, PREFIX, Envelope(Checksum()), purges)
        assert tier.patience == pytest.approx(0.045)
        for _ in range(5):
            assert await tier.get(b"k") is None
        tier.put(b"k", stored(), 1, WALL)
        tier.remove(b"k")
        assert not await purged(tier, TAG)
        assert tier.mark == 0
        await tier.close()
