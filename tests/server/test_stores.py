"""The tiers of one worker, opened as the configuration says."""

import json
import time
from contextlib import asynccontextmanager

import pytest

from sidecar.config.schema_upstreams import Store
from sidecar.policy.lifetimes import Lifetimes
from sidecar.proxy.clock import Clock
from sidecar.server.commons import Commons
from sidecar.server.stores import Stores
from sidecar.storage.entry import Stored
from sidecar.storage.store import Purge
from sidecar.telemetry.log import Log
from sidecar.units import Instant, Timestamp
from tests.harness.valkey import Valkey


class Diary:
    def __init__(self):
        self.lines = []

    def write(self, line, /):
        self.lines.append(json.loads(line))
        return True


def entry(body=b"x"):
    wall = Timestamp(time.time())
    made = Stored(
        url=b"http://a/x",
        status=200,
        lines=b"",
        body=body,
        generated=wall,
        received=wall,
        lifetimes=Lifetimes(fresh=60),
        tags=(b"t",),
    )
    made.settle(wall, Instant(time.monotonic()))
    return made


@asynccontextmanager
async def opened(section, diary=None, **more):
    stores = Stores(
        Store.model_validate(section), Clock(), Log(diary or Diary()), **more
    )
    stores.start()
    yield stores
    await stores.close()


def rows(stores):
    return {(name, labels): value for name, labels, value in stores.rows()}


async def test_memory_alone():
    async with opened({"memory": "1MiB"}) as stores:
        stores.tiers.put(b"k", entry())
        assert stores.tiers.get(b"k").body == b"x"
        assert not stores.tiers.remote
        assert stores.pods is None
        found = rows(stores)
        assert found["sidecar_cache_entries", ("memory",)] == 1
        assert 1000 < found["sidecar_cache_bytes", ("memory",)] < 2000
        hits = ("memory", "get", "hit")
        assert found["sidecar_cache_tier_operations_total", hits] == 1
        assert found["sidecar_cache_tier_events_total", ("memory", "evicted")] == 0
        assert ("sidecar_cache_entries", ("disk",)) not in found
        assert [one.url for one in stores.shown(10)] == ["http://a/x"]


async def test_the_disk_outlives_the_worker_and_its_purges_too(tmp_path):
    section = {"disk": {"path": str(tmp_path / "deep" / "cache"), "size": "4MiB"}}
    async with opened(section) as stores:
        stores.tiers.put(b"k", entry())
        stores.tiers.put(b"purged", entry())
        stores.tiers.purge(Purge(urls=(b"http://a/x",), soft=True))
        stores.tiers.put(b"l", entry())
    async with opened(section) as again:
        assert again.tiers.get(b"k").fresh_until <= time.monotonic()
        assert again.tiers.get(b"l").fresh_until > time.monotonic()
        again.tiers.purge(Purge(everything=True))
    async with opened(section) as late:
        assert late.tiers.get(b"l") is None
        found = rows(late)
        assert found["sidecar_cache_tier_events_total", ("disk", "corrupt")] == 0


async def test_workers_without_a_disk_share_their_purges(tmp_path):
    commons = Commons(tmp_path, 2)
    async with opened({}, commons=commons) as one, opened({}, commons=commons) as other:
        other.tiers.put(b"k", entry())
        one.tiers.purge(Purge(tags=(b"t",)))
        assert other.tiers.get(b"k") is None
    commons.close()


async def test_a_folder_that_cannot_be_used(tmp_path):
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(OSError, match="file"):
        Stores(
            Store.model_validate({"disk": {"path": str(file)}}), Clock(), Log(Diary())
        )


async def test_what_all_have_on_the_disk_is_counted_once(tmp_path):
    section = {"disk": {"path": str(tmp_path), "size": "4MiB"}}
    async with opened(section) as stores:
        stores.tiers.put(b"k", entry())
        stores._disk.flush()
        assert rows(stores)["sidecar_cache_entries", ("disk",)] == 1
        # Another worker has the lock: this one has nothing to say.
        other = type(stores._counting)(tmp_path / "counting")
        assert not other.take()
        other.close()


async def test_pods_share_what_they_store():
    with Valkey() as server:
        redis = {"url": server.url, "key": "secret", "timeout": "30s"}
        diary = Diary()
        async with (
            opened({"redis": redis}) as one,
            opened({"redis": redis}, diary) as other,
        ):
            assert one.tiers.remote
            while not one.tiers.mark()[1]:
                await one.pods.link.ask("PING")
            one.tiers.put(b"k", e := entry())
            e.mark = None
            one.tiers.put(b"k", e)
            while (found := await other.tiers.fetch(b"k")) is None:
                pass
            assert found.body == b"x"
            assert await one.tiers.purge_all(Purge(tags=(b"t",))) == {
                "memory": True,
                "redis": True,
            }
            while other.tiers.get(b"k") is not None:
                await other.pods.link.ask("PING")
            assert await other.tiers.fetch(b"k") is None
            assert (await other.pods.leases.take(b"k", 60)) is not None
            assert (
                rows(other)["sidecar_cache_tier_events_total", ("redis", "late")] == 0
            )
        assert diary.lines == []
