"""Stores: what the tiers of the cache keep, what they take, and what they cost.

    python -m benchmarks.stores                  everything; some minutes
    python -m benchmarks.stores replay scan      parts of it

Costs are the least of several rounds, in microseconds of this process's CPU.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path

from sidecar.policy.lifetimes import Lifetimes
from sidecar.policy.rate_limit import Charge, Limit
from sidecar.proxy.clock import Clock
from sidecar.storage.disk import Disk
from sidecar.storage.disk_file import DiskFile
from sidecar.storage.entry import Stored
from sidecar.storage.envelope import Envelope, key_digest
from sidecar.storage.epochs import Epochs
from sidecar.storage.file_lock import FileLock
from sidecar.storage.memory import Memory
from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_limits import RedisLimits
from sidecar.storage.redis_link import RedisLink
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.redis_tier import RedisTier
from sidecar.storage.s3fifo import S3Fifo
from sidecar.storage.seal import Checksum, Signature
from sidecar.storage.store import Purge
from sidecar.storage.tiers import Tiers
from sidecar.units import Bytes, Timestamp
from tests.harness.traces import web12
from tests.harness.valkey import Valkey

ROUNDS = 5
SIZES: Sequence[Bytes] = (1_000, 50_000)
BOUND: Bytes = 64 << 20
URLS = 10_000_000
_PAGE = os.sysconf("SC_PAGE_SIZE")
_CLOCK = Clock()


def say(name: str, value: str) -> None:
    print(f"  {name:<52} {value:>18}", flush=True)


def cost(work: Callable[[], object], times: int = 2_000) -> float:
    """Microseconds of CPU for one."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(times):
            work()
        least = min(least, time.process_time() - began)
    return least / times * 1e6


def entry(number: int, size: Bytes, body: bytes | None = None) -> Stored:
    wall = _CLOCK.wall()
    made = Stored(
        url=b"http://shop.example/api/products/%d?page=%d" % (number, number),
        status=200,
        lines=b"Content-Type: application/json\r\nETag: %d\r\n" % number + b"x" * 150,
        body=os.urandom(size) if body is None else body,
        generated=Timestamp(wall + number * 1e-9),
        received=Timestamp(wall + number * 1e-9),
        lifetimes=Lifetimes(fresh=3600.0 + number),
        etag=b'"%d"' % number,
    )
    made.settle(wall, _CLOCK.now())
    return made


def replay() -> None:
    """A shop's requests, with room for a part of its pages."""
    trace = web12()
    for part in (0.01, 0.05, 0.20):
        room = int(part * len(set(trace)))
        kept = S3Fifo[int](room, ghosts=1 << 14)
        ratio = _hits(kept, trace) / len(trace)
        usual = _least_recently_used(trace, room) / len(trace)
        say(f"hit ratio, room for {part:.0%}", f"{ratio:.4f} (LRU {usual:.4f})")


def _hits(kept: S3Fifo[int], keys: Sequence[bytes]) -> int:
    hits = 0
    for key in keys:
        if kept.lookup(key) is None:
            kept.store(key, 1, 1)
        else:
            hits += 1
    return hits


def _least_recently_used(keys: Sequence[bytes], room: int) -> int:
    kept: OrderedDict[bytes, None] = OrderedDict()
    hits = 0
    for key in keys:
        if key in kept:
            hits += 1
            kept.move_to_end(key)
        else:
            kept[key] = None
            if len(kept) > room:
                kept.popitem(last=False)
    return hits


def scan() -> None:
    """A million cold keys, once each, beside what is used."""
    kept = S3Fifo[int](10_000, ghosts=1 << 14)
    hot = [b"hot %d" % number for number in range(8_000)]
    for _ in range(3):
        _hits(kept, hot)
    for number in range(1_000_000):
        kept.store(b"cold %d" % number, 1, 1)
    left = sum(key in kept for key in hot) / len(hot)
    say("left of the hot set after a scan of a million", f"{left:.1%}")


def bound() -> None:
    """Distinct URLs, one after the other, and what the process takes."""
    for size, urls in ((0, URLS), (1_000, URLS // 5), (20_000, URLS // 50)):
        child = os.fork()
        if not child:
            _fill(size, urls)
            os._exit(0)
        os.waitpid(child, 0)


def _fill(size: Bytes, urls: int) -> None:
    before = _resident()
    memory = Memory(BOUND)
    most = 0
    for number in range(urls):
        length = size if number % 3 else size // 10  # of several sizes
        made = entry(number, 0, bytes(length))
        memory.put(made.url + b" 8:products", made)
        if number % 50_000 == 0:
            most = max(most, _resident() - before)
    held, taken = memory.counts()
    say(
        f"{urls:,} URLs of {size:,} bytes: most RSS of {BOUND >> 20} MiB",
        f"{max(most, _resident() - before) / (1 << 20):.1f} MiB",
    )
    say("  entries, counted", f"{held:,}, {taken / (1 << 20):.1f} MiB")


def _resident() -> Bytes:
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE


def memory() -> None:
    store = Tiers(Memory(BOUND), Epochs.of_one_process(_CLOCK.wall()), _CLOCK)
    made = [entry(number, 1_000) for number in range(10_000)]
    keys = [one.url + b" 8:products" for one in made]
    for key, one in zip(keys, made, strict=True):
        store.put(key, one)
    made[7].hits = 1  # the first has counted the heads that are made for it
    held = Memory(BOUND)
    held.put(keys[7], made[7])
    say("get from memory alone", f"{cost(lambda: held.get(keys[7])):.2f} µs")
    say("get, with lifetime and purges", f"{cost(lambda: store.get(keys[7])):.2f} µs")
    numbers = count()

    def checked() -> None:
        store.purge(Purge(tags=(b"%d" % next(numbers),), soft=True))
        store.get(keys[7])

    say("a purge by tag and a get after it", f"{cost(checked):.2f} µs")
    say("put again", f"{cost(lambda: store.put(keys[7], made[7])):.2f} µs")


def envelope() -> None:
    for size in SIZES:
        one = entry(1, size)
        digest = key_digest(one.url)
        for name, seal in (("checksum", Checksum()), ("signature", Signature(b"k"))):
            with_seal = Envelope(seal)
            data = with_seal.sealed(digest, one, 1)
            closed = cost(partial(with_seal.sealed, digest, one, 1))
            opened = cost(partial(with_seal.opened, digest, data))
            say(
                f"{size:,} bytes, {name}: close, open", f"{closed:.1f}, {opened:.1f} µs"
            )


def disk() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        file = DiskFile(folder, 1 << 30, FileLock(folder / "lock"))
        tier = Disk(file, Envelope(Checksum()))
        for size in SIZES:
            made = [entry(number, size) for number in range(2_000)]
            began, cpu = time.monotonic(), time.process_time()
            for one in made:
                while not tier.put(one.url, one, 1):
                    tier.flush()
            tier.flush()
            took, used = time.monotonic() - began, time.process_time() - cpu
            say(
                f"{size:,} bytes: put, written (CPU; time)",
                f"{used / 2e-3:.0f}; {took / 2e-3:.0f} µs",
            )
            say(
                f"{size:,} bytes: get",
                f"{cost(partial(tier.get, made[9].url)):.1f} µs",
            )
            say("  a miss", f"{cost(lambda: tier.get(b'absent')):.1f} µs")
        tier.close()


def redis() -> None:
    with Valkey() as server:
        asyncio.run(_redis(server.url))


async def _redis(url: str) -> None:
    link = RedisLink(redis_client(url, 5.0), 5.0, _CLOCK.now)
    epochs = Epochs.of_one_process(_CLOCK.wall())
    purges = RedisPurges(link, b"b:", epochs, _CLOCK.wall)
    tier = RedisTier(link, b"b:", Envelope(Checksum()), purges)
    await purges.read()
    for size in SIZES:
        one = entry(1, size)
        tier.put(one.url, one, tier.mark, _CLOCK.wall())
        while await tier.get(one.url) is None:
            pass
        for together in (1, 10, 100):
            used = await _together(partial(tier.get, one.url), together)
            say(f"{size:,} bytes: get, {together} at a time", f"{used:.0f} µs")
    limits = RedisLimits(link, b"b:", b"route")
    charge = Charge(b"user", Limit.of("l", 1000, 1.0))
    for together in (1, 10, 100):
        used = await _together(partial(limits.spend, [charge]), together)
        say(f"rate limit, {together} at a time", f"{used:.0f} µs")
    await link.close()


async def _together(ask: Callable[[], Awaitable[object]], together: int) -> float:
    """Microseconds of CPU for one of so many at a time."""
    least = float("inf")
    for _ in range(ROUNDS):
        began = time.process_time()
        for _ in range(400 // together + 1):
            await asyncio.gather(*(ask() for _ in range(together)))
        used = time.process_time() - began
        least = min(least, used / (400 // together + 1) / together)
    return least * 1e6


PARTS = (replay, scan, memory, envelope, disk, redis, bound)


def main(names: Sequence[str]) -> None:
    for part in PARTS:
        if not names or part.__name__ in names:
            print(part.__name__, flush=True)
            part()


if __name__ == "__main__":
    main(sys.argv[1:])
