"""What is shown of a sidecar, through the two real applications."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sidecar.config.load import load
from sidecar.config.mistakes import Mistake
from sidecar.policy.readiness import UpstreamState
from sidecar.server.insight import admin, health
from sidecar.server.reloads import Outcome, Reloads, Result
from sidecar.storage.listing import Shown
from sidecar.telemetry.gathering import Gathering, alone
from sidecar.telemetry.readings import Sources
from sidecar.units import Timestamp

TOKEN = {"Authorization": "Bearer secret"}
BASE = "upstreams: {default: {url: 'http://127.0.0.1:3000'}}\n"
MISTAKE = Mistake("a.yaml", 3, 7, "limits.fields", "too many", "fewer", "an excerpt")


class Sidecar:
    """`server.insight.Sight` that a test can move."""

    def __init__(self, file):
        self._file = file
        self.loaded = self.load("admin: {token: secret}\n")
        self.reloads = Reloads(Timestamp(0.0))
        self.on_reload = []
        sources = Sources(active_connections=lambda: 3)
        self.gather = Gathering(alone([sources.rows]), [])
        self.is_started = True
        self.is_draining = False
        self.upstream = UpstreamState("default", contacted=True, healthy=True)
        self.outcome = Outcome(Result.SUCCESS, 2, needs_restart=("workers",))

    def load(self, text):
        self._file.write_text(BASE + text)
        return load(self._file, environ={})

    def started(self):
        return self.is_started

    def draining(self):
        return self.is_draining

    def uptime(self):
        return 12.5

    def heartbeats(self):
        return {"1": 0.1}

    def upstreams(self):
        return [self.upstream]

    async def slow(self):
        return []

    async def entries(self):
        return [
            Shown(
                "http://a/x", 200, 1.5, -2.5, 900, 7, ("t",), ("gzip",), private=False
            )
        ]

    async def purge(self, purge):
        return {"memory": not purge.tags}

    async def breakers(self):
        return []

    async def hold(self, name, state):
        return False

    def drain(self):
        self.is_draining = True

    async def reload(self):
        self.reloads = self.reloads.then(self.outcome, Timestamp(5.0), 0.1)
        return self.outcome


@pytest.fixture
def sidecar(tmp_path):
    return Sidecar(tmp_path / "sidecar.yaml")


async def ready(sidecar):
    async with TestClient(TestServer(health(sidecar))) as client:
        answer = await client.get("/readyz")
        return answer.status, await answer.text()


async def test_ready(sidecar):
    assert (await ready(sidecar))[0] == 200


async def test_not_ready_before_it_was_started(sidecar):
    sidecar.is_started = False
    assert (await ready(sidecar))[0] == 503


async def test_not_ready_before_contact_and_why(sidecar):
    sidecar.upstream = UpstreamState(
        "default", contacted=False, healthy=False, detail="upstream_refused"
    )
    status, text = await ready(sidecar)
    assert status == 503
    assert "no_contact" in text


async def test_the_rule_is_that_of_the_file_in_effect(sidecar):
    sidecar.upstream = UpstreamState("default", contacted=True, healthy=False)
    assert (await ready(sidecar))[0] == 200
    sidecar.loaded = sidecar.load("health: {readiness: follow}\n")
    assert (await ready(sidecar))[0] == 503


async def test_not_ready_while_it_drains(sidecar):
    sidecar.drain()
    status, text = await ready(sidecar)
    assert status == 503
    assert "draining" in text


async def test_metrics_are_those_of_the_sidecar(sidecar):
    async with TestClient(TestServer(health(sidecar))) as client:
        answer = await client.get("/metrics")
        assert "active_connections 3" in await answer.text()


async def test_the_admin_listener_wants_the_token_of_the_file(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        assert (await client.get("/stats")).status == 401
        answer = await client.get("/stats", headers=TOKEN)
        assert answer.status == 200
        assert (await answer.json())["uptime"] == 12.5


async def test_another_file_has_another_token(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        for told in sidecar.on_reload:
            told(sidecar.load("admin: {token: other}\n"))
        assert (await client.get("/stats", headers=TOKEN)).status == 401
        other = {"Authorization": "Bearer other"}
        assert (await client.get("/stats", headers=other)).status == 200


async def test_the_configuration_is_shown_without_its_secrets(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        text = await (await client.get("/config", headers=TOKEN)).text()
        assert "127.0.0.1:3000" in text
        assert "secret" not in text


async def test_a_drain_may_be_asked_for(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        answer = await client.post("/drain", headers=TOKEN, json={})
        assert answer.status < 300
    assert sidecar.is_draining


async def test_a_reload_says_what_needs_a_restart(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        answer = await client.post("/config/reload", headers=TOKEN, json={})
        assert answer.status == 200
        assert await answer.json() == {
            "result": "success",
            "generation": 2,
            "needs_restart": ["workers"],
        }
        config = await (await client.get("/config", headers=TOKEN)).json()
        assert config["generation"] == 2
        assert config["loaded"] == "1970-01-01T00:00:05.000Z"
        assert config["last_reload"]["needs_restart"] == ["workers"]


async def test_one_that_did_not_happen_says_why(sidecar):
    sidecar.outcome = Outcome(Result.INVALID, 1, mistakes=(MISTAKE,))
    async with TestClient(TestServer(admin(sidecar))) as client:
        answer = await client.post("/config/reload", headers=TOKEN, json={})
        assert answer.status == 422
        document = await answer.json()
        assert document["code"] == "not_reloaded"
        assert document["mistakes"] == [
            {
                "file": "a.yaml",
                "line": 3,
                "column": 7,
                "path": "limits.fields",
                "message": "too many",
                "hint": "fewer",
            }
        ]
        config = await (await client.get("/config", headers=TOKEN)).json()
        assert config["last_reload"]["mistakes"] == document["mistakes"]


async def test_a_request_is_explained_by_what_is_in_effect(sidecar):
    async with TestClient(TestServer(admin(sidecar))) as client:
        asked = "/explain?url=/x&header=Accept-Encoding:br"
        found = (await (await client.get(asked, headers=TOKEN)).json())["explanation"]
        assert found["route"]["name"] == "default"
        assert found["compression"]["coding"] == "br"
        answer = await client.get("/explain?url=ftp://x/", headers=TOKEN)
        assert answer.status == 400
        assert (await answer.json())["code"] == "bad_request"
