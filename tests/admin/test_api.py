"""What the admin API answers and does."""

import json

import pytest

from sidecar.admin.api import BODY, Question
from sidecar.admin.purging import MOST
from sidecar.storage.store import Purge
from tests.admin.listeners import BEARER, TOKEN, Server, problem
from tests.telemetry.exchanges import finished

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def client(server, aiohttp_client):
    return await aiohttp_client(server.admin(token=TOKEN), headers=BEARER)


async def read(client, path):
    response = await client.get(path)
    assert response.status == 200
    assert response.content_type == "application/json"
    return await response.json()


async def test_index(client):
    document = await read(client, "/")
    assert document["version"] == "1.2.3"
    assert {"method": "POST", "path": "/config/reload"}.items() <= document[
        "operations"
    ][-1].items()


async def test_stats(client, server):
    server.metrics.observe(finished(status=502, error="upstream_refused"))
    document = await read(client, "/stats")
    assert document["requests"] == 2
    assert document["errors"] == 1
    assert document["active_connections"] == 3
    assert document["version"] == "1.2.3"


async def test_config(client):
    assert await read(client, "/config") == {"listen": "0.0.0.0:8080"}


async def test_slow(client):
    [slow] = (await read(client, "/slow"))["requests"]
    assert slow["timestamp"] == "1970-01-01T00:16:40.000Z"
    assert slow["target"] == "/p?token=[redacted]"
    assert slow["duration_ms"] == 2500


async def test_explain(client, server):
    asked = "/explain?url=/a%3Fb&method=PUT&header=A:%20b&header=C:d&client=192.0.2.1"
    assert await read(client, asked) == {"method": "PUT"}
    assert server.question == Question("/a?b", "PUT", ["A: b", "C:d"], "192.0.2.1")
    await read(client, "/explain?url=/")
    assert server.question == Question("/", "GET", [], "127.0.0.1")


async def test_drain(client, server):
    for _ in range(2):
        response = await client.post("/drain", headers=JSON)
        assert response.status == 202
        assert await response.json() == {"draining": True}
        assert server.draining


@pytest.mark.parametrize(
    ("rule", "content", "answer"),
    [
        ("nothing", b"", 202),
        ("an empty object", b"{ }", 202),
        ("a member", b'{"now": true}', "bad_request"),
        ("a list", b"[]", "bad_request"),
        ("zero", b"0", "bad_request"),
        ("null", b"null", "bad_request"),
        ("no JSON", b"{", "bad_request"),
        ("not UTF-8", b"\xff\xfe{", "bad_request"),
        ("deeply nested", b"[" * 60_000, "bad_request"),
        ("too large", b" " * (BODY + 1), "content_too_large"),
    ],
)
async def test_the_body_of_a_change(client, server, rule, content, answer):
    response = await client.post("/drain", data=content, headers=JSON)
    found = response.status if response.status == 202 else await problem(response)
    assert found == answer
    assert server.draining is (answer == 202)


async def test_reading_changes_nothing(client, server):
    for path in ("/", "/stats", "/config", "/slow", "/openapi.json", "/drain"):
        await client.get(path)
        await client.head(path)
    assert not server.draining


async def test_no_secret_is_shown(client):
    shown = [await (await client.get(path)).text() for path in ("/", "/stats", "/slow")]
    assert "canary" not in json.dumps(shown)
    assert TOKEN not in json.dumps(shown)


async def test_purging(client, server):
    response = await client.post("/cache/purge", json={"tags": ["a"], "soft": False})
    assert response.status == 200
    assert await response.json() == {
        "soft": False,
        "tiers": {"memory": True, "redis": True},
    }
    assert server.purges == [Purge(tags=(b"a",))]


async def test_a_tier_that_was_not_reached(client, server):
    server.tiers = {"memory": True, "redis": False}
    response = await client.post("/cache/purge", json={"all": True})
    assert response.status == 207
    assert (await response.json())["tiers"] == {"memory": True, "redis": False}
    assert server.purges == [Purge(everything=True, soft=True)]


async def test_a_purge_of_as_many_urls_as_may_be(client, server):
    urls = [f"http://example.org/a/rather/usual/path/{n:060}" for n in range(MOST)]
    response = await client.post("/cache/purge", json={"urls": urls})
    assert response.status == 200
    assert len(server.purges[-1].urls) == MOST


async def test_a_purge_of_nothing(client, server):
    response = await client.post("/cache/purge", headers=JSON)
    assert await problem(response) == "bad_request"
    assert not server.purges


async def test_entries(client):
    [entry] = (await read(client, "/cache/entries"))["entries"]
    assert entry["url"] == "http://a/x"
    assert (entry["left"], entry["hits"], entry["tags"]) == (-2.5, 7, ["t"])
