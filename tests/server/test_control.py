"""What the admin listener shows and does, through the real application."""

import pytest
from aiohttp.test_utils import TestClient, TestServer

from sidecar.config.mistakes import Mistake
from sidecar.server.control import admin
from sidecar.server.reloads import Outcome, Result
from tests.server.administered import Sidecar

TOKEN = {"Authorization": "Bearer secret"}
MISTAKE = Mistake("a.yaml", 3, 7, "limits.fields", "too many", "fewer", "an excerpt")


@pytest.fixture
def sidecar(tmp_path):
    return Sidecar(tmp_path / "sidecar.yaml")


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
