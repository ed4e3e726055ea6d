"""What every answer of the two listeners has in common."""

import pytest

from sidecar.admin.answers import told
from tests.admin.listeners import SECURE, Server, probing, problem

APPS = pytest.mark.parametrize("name", ["health", "admin"])


@pytest.fixture
async def client(name, aiohttp_client):
    server = Server()
    if name == "admin":
        yield await aiohttp_client(server.admin())
        return
    async with probing(server.health()) as session:
        yield session


@APPS
@pytest.mark.parametrize("path", ["/", "/stats", "/readyz", "/metrics", "/nowhere"])
async def test_every_answer_is_sealed_and_names_no_software(client, path):
    response = await client.get(path)
    for field, value in SECURE.items():
        assert response.headers[field] == value
    assert "Server" not in response.headers
    assert "Access-Control-Allow-Origin" not in response.headers


@APPS
@pytest.mark.parametrize("path", ["/nowhere", "/readyz/", "/stats/all"])
async def test_what_is_not_there(client, path):
    response = await client.get(path)
    assert response.status == 404
    assert await problem(response) == "not_found"


@pytest.mark.parametrize(
    ("name", "method", "path", "allowed"),
    [
        ("health", "POST", "/readyz", "GET,HEAD"),
        ("health", "DELETE", "/metrics", "GET,HEAD"),
        ("admin", "PUT", "/stats", "GET,HEAD"),
        ("admin", "TRACE", "/slow", "GET,HEAD"),
        ("admin", "OPTIONS", "/stats", "GET,HEAD"),
        ("admin", "GET", "/drain", "POST"),
    ],
)
async def test_other_methods_are_refused(client, method, path, allowed):
    response = await client.request(method, path)
    assert response.status == 405
    assert response.headers["Allow"] == allowed
    assert await problem(response) == "method_not_allowed"


@pytest.mark.parametrize(
    ("name", "path"), [("health", "/healthz"), ("admin", "/stats")]
)
async def test_head_is_get_without_content(client, path):
    response = await client.head(path)
    assert response.status == 200
    assert int(response.headers["Content-Length"]) > 0
    assert await response.read() == b""


@pytest.mark.parametrize(
    ("rule", "content", "expected"),
    [
        ("an object", b'{"a": [1]}', {"a": [1]}),
        ("whatever else it is", b'"a"', "a"),
        ("nothing", b"", None),
        ("broken off", b'{"a"', None),
        ("no text", b"\xff", None),
        ("too deep", b"[" * 100_000, None),
    ],
)
def test_what_was_told(rule, content, expected):
    assert told(content) == expected
