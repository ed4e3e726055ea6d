"""What pods learn of each other's purges, by way of a real server."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from sidecar.storage.epochs import Epochs
from sidecar.storage.labels import cut
from sidecar.storage.patterns import NOT_PURGED, PLACES
from sidecar.storage.redis_purges import MOST, RedisPurges
from sidecar.storage.remote import Unreachable
from sidecar.storage.store import Purge
from tests.storage.entries import WALL, stored
from tests.storage.pods import PREFIX, linked

ENTRY = stored(tags=(b"t",))
TAG = cut(Purge(tags=(b"t",)))
SOFT = cut(Purge(tags=(b"t",), soft=True))
SET = PREFIX + b"{purges}"


@asynccontextmanager
async def pod(url, epochs=None, most=MOST):
    epochs = epochs or Epochs.of_one_process(WALL)
    async with linked(url) as link:
        purges = RedisPurges(link, PREFIX, epochs, lambda: WALL, most=most)
        await purges.read()
        yield purges, epochs


def local(epochs, since, entry=ENTRY):
    return epochs.newest(entry, epochs.places(entry), since)


async def published(purges, *cuts):
    for one in cuts:
        purges.add(one)
    assert await purges.publish()


@pytest.mark.parametrize(
    ("purge", "meant"),
    [
        (Purge(tags=(b"t",)), True),
        (Purge(urls=(b"http://a/x",)), True),
        (Purge(patterns=(b"/*",)), True),
        (Purge(patterns=(b"/*",), origin=b"http://b"), False),
        (Purge(everything=True), True),
        (Purge(tags=(b"other",)), False),
    ],
)
async def test_a_purge_of_one_pod_is_every_pods(purge, meant, valkey):
    async with pod(valkey.url) as (one, _), pod(valkey.url) as (other, epochs):
        since, before = other.known, epochs.sequence
        await published(one, cut(purge))
        assert not one.is_behind
        await other.read()
        assert bool(other.newest(ENTRY, since).hard) == meant
        assert bool(local(epochs, before).hard) == meant
        assert other.newest(ENTRY, other.known) == NOT_PURGED
        assert other.known > since


async def test_soft_and_hard(valkey):
    async with pod(valkey.url) as (one, _), pod(valkey.url) as (other, epochs):
        since, before = other.known, epochs.sequence
        await published(one, SOFT)
        await other.read()
        assert other.newest(ENTRY, since) == (0, other.known)
        assert local(epochs, before).hard == 0
        assert before < local(epochs, before).soft <= epochs.sequence


async def test_ones_own_is_not_carried_out_twice(valkey):
    async with pod(valkey.url) as (one, epochs):
        await published(one, TAG)
        before = epochs.sequence
        await one.read()
        assert epochs.sequence == before
        assert one.newest(ENTRY, 0).hard


async def test_who_comes_later_knows_all(valkey):
    async with pod(valkey.url) as (one, _):
        since = one.known
        await published(one, TAG, cut(Purge(urls=(b"http://a/z",))))
        async with pod(valkey.url) as (late, _):
            assert late.newest(ENTRY, since).hard
            assert late.known == one.known or await one.read() is None


async def test_a_restart_learns_what_it_missed(valkey):
    epochs = Epochs.of_one_process(WALL)
    async with pod(valkey.url) as (other, _):
        async with pod(valkey.url, epochs) as (one, _):
            await published(other, cut(Purge(tags=(b"before",))))
            await one.read()
        since = epochs.sequence
        await published(other, TAG)
        async with pod(valkey.url, epochs):
            assert local(epochs, since).hard > since


async def test_they_are_bounded_and_what_is_trimmed_counts_for_everything(valkey):
    async with pod(valkey.url, most=20) as (one, _), pod(valkey.url) as (away, epochs):
        since, before = away.known, epochs.sequence
        for number in range(40):
            await published(one, cut(Purge(tags=(b"%d" % number,))))
        assert valkey.command("ZCARD", SET) <= 22
        await away.read()
        assert away.newest(ENTRY, since).hard, "what it missed may have been meant"
        assert local(epochs, before).hard
        async with pod(valkey.url) as (late, fresh):
            assert late.newest(ENTRY, since).hard
            assert local(fresh, fresh.sequence) == NOT_PURGED
            after = late.known
            await published(one, TAG)
            await late.read()
            assert late.newest(ENTRY, after).hard == late.known


async def test_a_server_that_lost_everything_has_nothing_old(valkey):
    async with pod(valkey.url) as (one, epochs):
        await published(one, TAG)
        await one.read()
        old, before = one.known, epochs.sequence
        valkey.command("FLUSHALL")
        await one.read()
        assert one.newest(ENTRY, old).hard, "of what was written to the old one"
        assert local(epochs, before) == NOT_PURGED, "no reason for a stampede"
        await published(one, SOFT)
        async with pod(valkey.url) as (other, _):
            assert other.newest(ENTRY, one.known).soft


async def test_numbers_rise_though_the_servers_clock_goes_back(valkey):
    async with pod(valkey.url) as (one, _):
        valkey.command("ZADD", SET, 9e15, b"hd" + bytes(16))
        await published(one, TAG)
        await one.read()
        assert one.known == 9 * 10**15 + 1


async def test_what_somebody_else_wrote_there_is_harmless(valkey):
    async with pod(valkey.url) as (one, epochs):
        before = epochs.sequence
        for member in (b"", b"nonsense", b"hd", b"hp", b"x" * 10_000):
            valkey.command("ZADD", SET, 8e15, member)
        await one.read()
        assert epochs.sequence == before
        valkey.command("SET", SET, "not a set")
        with pytest.raises(Unreachable):
            await one.read()
        one.add(TAG)
        assert not await one.publish()


@pytest.mark.parametrize("score", ["inf", "-1", "1e17"])
async def test_a_number_that_none_of_us_wrote_is_nobodys_error(score, valkey):
    async with pod(valkey.url) as (one, epochs):
        before = epochs.sequence
        valkey.command("ZADD", SET, score, b"B")
        with pytest.raises(Unreachable):
            await one.read()
        assert (epochs.sequence, one._link.faults["unreadable"]) == (before, 1)
        valkey.command("DEL", SET)
        await published(one, TAG)
        await one.read()
        assert one.newest(ENTRY, 0).hard


@pytest.mark.parametrize("kind", ["h", "s"])
async def test_who_comes_after_very_many_patterns_writes_down_few(kind, valkey):
    scores = [word for n in range(3 * PLACES) for word in (n + 9e14, f"{kind}p /{n}/*")]
    valkey.command("ZADD", SET, *scores, 8e14, "B")
    epochs = Epochs.of_one_process(WALL)
    before = epochs.sequence
    async with pod(valkey.url, epochs):
        hard, soft = local(epochs, before)  # of everything, for those left out
        assert (hard > before, soft > before) == (kind == "h", kind == "s")
        assert epochs.sequence == before + PLACES + 1


async def test_what_could_not_be_published_waits_in_order(own_valkey):
    async with pod(own_valkey.url) as (one, _):
        link = one._link
        for _ in range(10):
            link.failed(OSError())
        one.add(TAG)
        one.add(SOFT)
        assert not await one.publish()
        assert one.is_behind
        link.worked()
        assert await one.publish()
        assert not one.is_behind
        await one.read()
        newest = one.newest(ENTRY, 0)
        assert newest.hard < newest.soft


async def test_too_many_that_wait_are_one_of_everything(valkey):
    async with pod(valkey.url) as (one, _):
        for number in range(5000):
            one.add(cut(Purge(tags=(b"%d" % number,))))
        assert len(one._waiting) < 2000
        since = one.known
        assert await one.publish()
        await one.read()
        assert one.newest(stored(b"http://any/where"), since).hard


async def test_those_who_ask_at_a_time_share_one_answer(valkey):
    async with pod(valkey.url) as (one, _):
        valkey.command("CONFIG", "RESETSTAT")
        await asyncio.gather(*(one.read() for _ in range(100)))
        stats = valkey.command("INFO", "commandstats")
        assert stats["cmdstat_evalsha"]["calls"] == 1
        # Who gives up takes nobody's answer away.
        asking = [asyncio.ensure_future(one.read()) for _ in range(2)]
        await asyncio.sleep(0)
        asking[0].cancel()
        await asking[1]


async def test_an_answer_to_an_earlier_question_is_nobody_elses(valkey):
    async with pod(valkey.url) as (one, _), pod(valkey.url) as (other, _):
        early = asyncio.ensure_future(one.read())
        await asyncio.sleep(0)  # it has left
        await published(other, TAG)
        await one.read()
        assert one.newest(ENTRY, 0).hard
        await early


async def test_workers_of_a_host_know_what_the_server_does_not(valkey):
    epochs = Epochs.of_one_process(WALL)
    async with pod(valkey.url, epochs) as (one, _), pod(valkey.url, epochs) as (two, _):
        one.add(TAG)
        assert two.is_behind
        assert await one.publish()
        assert not two.is_behind
