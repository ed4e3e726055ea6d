"""What a worker shares with those of other hosts."""

import json

import pytest

from sidecar.config.schema_upstreams import Redis
from sidecar.policy.rate_limit import Charge, Limit
from sidecar.proxy.clock import Clock
from sidecar.server.pods import Pods
from sidecar.storage.epochs import Epochs
from sidecar.storage.outage import FAILURES
from sidecar.telemetry.log import Log
from sidecar.units import Timestamp
from tests.harness.valkey import Valkey


class Diary:
    def __init__(self):
        self.lines = []

    def write(self, line, /):
        self.lines.append(json.loads(line))
        return True


def pods(url, diary, **more):
    section = Redis.model_validate({"url": url, **more})
    epochs = Epochs.of_one_process(Timestamp(1e9))
    return Pods(section, epochs, Clock(), Log(diary))


async def test_limits_of_a_route():
    with Valkey() as server:
        made = pods(server.url, Diary(), timeout="30s", prefix="p:")
        charge = Charge(b"user", Limit.of("one", 1, 3600))
        limits = [made.limits(b"a"), made.limits(b"a"), made.limits(b"b")]
        verdicts = [await one.spend([charge]) for one in limits]
        assert [verdict.allowed for verdict in verdicts] == [True, False, True]
        assert all(key.startswith(b"p:r:") for key in server.command("KEYS", "*"))
        await made.close()


async def test_an_outage_is_noted_once_and_tells_no_secret():
    with Valkey() as server:
        diary = Diary()
        url = server.url.replace("//", "//:canary@")
        server.kill()
        made = pods(url, diary)
        for _ in range(3 * FAILURES):
            assert await made.tier.get(b"k") is None
        await made.close()
        events = [line["event"] for line in diary.lines]
        assert events == ["redis_unreachable"]
        assert diary.lines[0]["reason"] == "connection"
        assert "canary" not in json.dumps(diary.lines)
        assert dict(made.faults())["connection"] >= FAILURES
        assert dict(made.faults())["unreadable"] == 0


def test_a_url_that_says_nothing():
    with pytest.raises(ValueError, match="master"):
        pods("redis+sentinel://a:1", Diary())
