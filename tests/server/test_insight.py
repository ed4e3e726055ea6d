"""What is shown of a worker, through the two real applications."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sidecar.config.load import load
from sidecar.server.drain import Drain, Shutdown
from sidecar.server.insight import Seen, admin, health
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.loop_lag import LoopLag
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.readings import Sources
from tests.server.wire import entrance

TOKEN = {"Authorization": "Bearer secret"}


class Worker:
    def __init__(self, tmp_path):
        file = tmp_path / "sidecar.yaml"
        file.write_text(
            "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"
            "admin: {token: secret}\n"
        )
        shared = entrance()
        self.started = True
        self.upstream = SimpleNamespace(
            name="default", contacted=True, failing_since=None, last_error=None
        )
        self.drain = Drain(Shutdown(1.0, 1.0), shared, shared.clock)
        self.seen = Seen(
            loaded=load(file, environ={}),
            instruments=cast(
                "Any",
                SimpleNamespace(
                    lag=LoopLag(),
                    metrics=Metrics(),
                    slow=SimpleNamespace(slowest=list),
                ),
            ),
            gather=Gathering(alone([Sources(active_connections=lambda: 3).rows]), []),
            upstreams=cast("Any", (self.upstream,)),
            drain=self.drain,
            started=lambda: self.started,
            uptime=lambda: 12.5,
        )


@pytest.fixture
def worker(tmp_path):
    return Worker(tmp_path)


async def ready(worker):
    async with TestClient(TestServer(health(worker.seen))) as client:
        answer = await client.get("/readyz")
        return answer.status, await answer.text()


async def test_ready(worker):
    assert (await ready(worker))[0] == 200


async def test_not_ready_before_it_was_started(worker):
    worker.started = False
    assert (await ready(worker))[0] == 503


async def test_not_ready_before_contact_and_why(worker):
    worker.upstream.contacted = False
    worker.upstream.last_error = "upstream_refused"
    status, text = await ready(worker)
    assert status == 503
    assert "no_contact" in text


async def test_not_ready_while_it_drains(worker):
    worker.drain.begin()
    status, text = await ready(worker)
    assert status == 503
    assert "draining" in text


async def test_metrics_are_those_of_the_worker(worker):
    async with TestClient(TestServer(health(worker.seen))) as client:
        answer = await client.get("/metrics")
        assert "active_connections 3" in await answer.text()


async def test_the_admin_listener_wants_the_token_of_the_file(worker):
    async with TestClient(TestServer(admin(worker.seen))) as client:
        assert (await client.get("/stats")).status == 401
        answer = await client.get("/stats", headers=TOKEN)
        assert answer.status == 200
        assert (await answer.json())["uptime"] == 12.5


async def test_the_configuration_is_shown_without_its_secrets(worker):
    async with TestClient(TestServer(admin(worker.seen))) as client:
        text = await (await client.get("/config", headers=TOKEN)).text()
        assert "127.0.0.1:3000" in text
        assert "secret" not in text


async def test_a_drain_may_be_asked_for(worker):
    async with TestClient(TestServer(admin(worker.seen))) as client:
        answer = await client.post("/drain", headers=TOKEN, json={})
        assert answer.status < 300
    assert worker.drain.draining
