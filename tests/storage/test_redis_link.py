"""What the server may do to us: freeze, die, flap, lose everything, refuse."""

import asyncio

import pytest

from sidecar.storage.outage import FAILURES
from sidecar.storage.redis_link import Script
from sidecar.storage.remote import Unreachable
from tests.storage.pods import linked

BUDGET = 0.3
PATIENCE = 30.0
"""Whoever waits that long waits for something else than the budget."""
ECHO = Script("return {KEYS[1], ARGV[1]}")


async def answered(link):
    """Whether there was one; it must be well before anybody loses patience."""
    async with asyncio.timeout(PATIENCE):
        try:
            return bool(await link.ask("PING"))
        except Unreachable:
            return False


async def out(link):
    while link.is_up:
        await answered(link)


async def back(link):
    async with asyncio.timeout(60):
        while not link.is_up or not await answered(link):
            await asyncio.sleep(0.02)


async def test_a_script_is_sent_once_and_again_where_it_was_lost(valkey):
    async with linked(valkey.url) as link:
        for _ in range(2):
            assert await link.run(ECHO, [b"k"], "v") == [b"k", b"v"]
        valkey.command("SCRIPT", "FLUSH")
        assert await link.run(ECHO, [b"k"], "v") == [b"k", b"v"]
        assert valkey.command("SCRIPT", "EXISTS", ECHO.digest) == [True]
        assert sum(link.faults.values()) == 0


async def test_told_without_waiting(valkey):
    async with linked(valkey.url) as link:
        link.tell("SET", "k", "v")
        while not await link.ask("GET", "k"):
            pass


@pytest.mark.parametrize("evil", ["freeze", "kill"])
async def test_a_server_that_is_gone_and_comes_back(evil, own_valkey):
    notes = []
    async with linked(own_valkey.url, BUDGET, notes.append) as link:
        await back(link)
        notes.clear()
        getattr(own_valkey, evil)()
        waits = [await answered(link) for _ in range(FAILURES)]
        assert waits == [False] * FAILURES
        assert not link.is_up
        # From here on nobody waits at all: the answer is there before the loop turns.
        replies = [link.ask("GET", "k") for _ in range(100)]
        assert all(reply.done() for reply in replies)
        link.tell("SET", "k", "v")
        if evil == "freeze":
            own_valkey.thaw()
        else:
            own_valkey.again()
        await back(link)
        assert [notes[0] != "", notes[1:]] == [True, [""]]
        assert sum(link.faults.values()) >= FAILURES


async def test_a_late_answer_is_nobodys(own_valkey):
    async with linked(own_valkey.url, BUDGET) as link:
        await back(link)
        assert await link.ask("SET", "a", "of a")
        own_valkey.freeze()
        late = link.ask("GET", "a")
        with pytest.raises(Unreachable):
            await late
        own_valkey.thaw()
        for _ in range(20):
            reply = link.ask("GET", "b")
            await asyncio.wait([reply])
            assert isinstance(reply.exception(), Unreachable) or reply.result() is None


async def test_flapping(own_valkey):
    async with linked(own_valkey.url, BUDGET) as link:
        await back(link)
        for _ in range(3):
            own_valkey.freeze()
            await out(link)
            own_valkey.thaw()
            await back(link)
        own_valkey.command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        await back(link)


@pytest.mark.parametrize(
    ("reason", "command"),
    [
        ("full", ("CONFIG", "SET", "maxmemory", "1")),
        ("read_only", ("REPLICAOF", "127.0.0.1", "1")),
        ("denied", ("CONFIG", "SET", "requirepass", "secret")),
    ],
)
async def test_a_server_that_refuses(reason, command, own_valkey):
    async with linked(own_valkey.url) as link:
        own_valkey.command(*command)
        for _ in range(FAILURES):
            with pytest.raises(Unreachable):
                await link.ask("SET", "k", "v")
        assert link.faults[reason] == FAILURES
        assert not link.is_up


async def test_nobody_there_from_the_beginning(own_valkey):
    own_valkey.kill()
    async with linked(own_valkey.url, BUDGET) as link:
        assert not await answered(link)
        await out(link)
        own_valkey.again()
        await back(link)
