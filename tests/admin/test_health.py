"""What Kubernetes, Docker and Prometheus are told."""

from datetime import datetime

import pytest
from prometheus_client.openmetrics.parser import (
    text_string_to_metric_families as openmetrics_families,
)
from prometheus_client.parser import text_string_to_metric_families as text_families

from sidecar.admin.health import STALLED
from sidecar.policy.readiness import Rule, UpstreamState
from tests.admin.listeners import Server, probing

UP = UpstreamState("app", contacted=True, healthy=True)
DOWN = UpstreamState("app", contacted=True, healthy=False, detail="connect refused")
NEW = UpstreamState("app", contacted=False, healthy=False, detail="connect\nrefused")
JSON = {"Accept": "application/json"}


@pytest.fixture
def server():
    return Server()


@pytest.fixture
async def client(server):
    async with probing(server.health()) as session:
        yield session


@pytest.mark.parametrize(
    ("rule", "change", "expected"),
    [
        ("all is well", {}, [200, 200, 200, "ok"]),
        ("starting", {"started": False}, [503, 200, 503, "degraded"]),
        ("draining", {"draining": True}, [200, 200, 503, "degraded"]),
        (
            "a loop stands still",
            {"ages": {"1": 0.1, "2": STALLED + 1}},
            [200, 503, 200, "degraded"],
        ),
        ("a loop is late", {"ages": {"1": STALLED}}, [200, 200, 200, "ok"]),
        ("no contact yet", {"upstreams": [NEW]}, [200, 200, 503, "degraded"]),
        ("met, and gone", {"upstreams": [DOWN]}, [200, 200, 200, "degraded"]),
    ],
)
async def test_probes(server, client, rule, change, expected):
    for name, value in change.items():
        setattr(server, name, value)
    probes = [await client.get(path) for path in ("/startupz", "/livez", "/readyz")]
    overview = await client.get("/healthz")
    assert overview.status == 200
    overall = (await overview.json())["status"]
    assert [*(probe.status for probe in probes), overall] == expected


async def test_a_followed_upstream_that_is_down():
    server = Server(Rule.FOLLOW)
    server.upstreams = [DOWN]
    async with probing(server.health()) as client:
        response = await client.get("/readyz")
        assert response.status == 503
        expected = "[-]upstream app: unhealthy, connect refused\nnot ready\n"
        assert await response.text() == expected


@pytest.mark.parametrize(
    ("path", "change", "text"),
    [
        ("/readyz", {}, "ok\n"),
        ("/readyz?verbose", {}, "[+]started ok\n[+]accepting ok\n[+]upstream app ok\nok\n"),
        ("/livez?verbose=1", {}, "[+]worker 1 ok\nok\n"),
        ("/readyz", {"draining": True}, "[-]accepting: draining\nnot ready\n"),
        ("/readyz", {"upstreams": [NEW]}, "[-]upstream app: no_contact, connect\\nrefused\nnot ready\n"),
        ("/livez", {"ages": {"1": 12}}, "[-]worker 1: stalled, last turned 12.0s ago\nnot ready\n"),
    ],
)  # fmt: skip
async def test_text(server, client, path, change, text):
    for name, value in change.items():
        setattr(server, name, value)
    response = await client.get(path)
    assert response.content_type == "text/plain"
    assert await response.text() == text


async def test_json_where_it_is_asked_for(server, client):
    server.draining = True
    response = await client.get("/readyz", headers=JSON)
    assert response.status == 503
    document = await response.json()
    assert document["status"] == "not ready"
    assert document["checks"][1] == {
        "name": "accepting",
        "ok": False,
        "reason": "draining",
        "detail": "",
    }


@pytest.mark.parametrize("accept", ["*/*", "text/plain", "text/html, */*;q=0.1", "", "image/png"])  # fmt: skip
async def test_text_everywhere_else(client, accept):
    response = await client.get("/readyz", headers={"Accept": accept})
    assert response.content_type == "text/plain"


async def test_the_overview(server, client):
    document = await (await client.get("/healthz")).json()
    assert datetime.fromisoformat(document["timestamp"]).tzinfo
    assert document["uptime"] == 12.5
    assert document["memory"]["resident"] > 1 << 20
    assert document["draining"] is False
    assert document["upstreams"] == {
        "app": {"contacted": True, "healthy": True, "detail": ""}
    }


@pytest.mark.parametrize(
    ("accept", "families", "content_type"),
    [
        ("*/*", text_families, "text/plain; version=0.0.4; charset=utf-8"),
        (
            "application/openmetrics-text",
            openmetrics_families,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        ),
    ],
)
async def test_metrics(client, accept, families, content_type):
    response = await client.get("/metrics", headers={"Accept": accept})
    assert response.headers["Content-Type"] == content_type
    names = {family.name for family in families(await response.text())}
    assert {"http_request_duration_seconds", "active_connections"} <= names


async def test_nothing_of_the_admin_listener_is_here(client):
    for path in ("/", "/stats", "/config", "/slow", "/drain", "/openapi.json"):
        assert (await client.get(path)).status == 404
