"""Who may talk to the admin listener."""

import pytest

from tests.admin.listeners import BEARER, TOKEN, Server, problem

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def server():
    return Server()


@pytest.fixture
def start(server, aiohttp_client):
    async def started(**options):
        return await aiohttp_client(server.admin(**options))

    return started


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LocalHost:9902", 200),
        ("localhost.:9902", 200),
        ("127.0.0.1:1", 200),
        ("127.9.9.9", 200),
        ("[::1]:9902", 200),
        ("admin.example:9902", 200),
        ("ADMIN.example", 200),
        ("evil.example", 403),
        ("localhost.evil.example", 403),
        ("admin.example.evil.example", 403),
        ("evil.example:localhost", 403),
        ("user@localhost", 403),
        ("localhost/x", 403),
        ("192.0.2.7", 403),
        ("0.0.0.0", 403),
        ("[2001:db8::1]", 403),
        ("127.0.0.1.nip.io", 403),
        ("", 403),
    ],
)
async def test_host(start, host, status):
    client = await start(hosts=["Admin.Example"])
    response = await client.get("/stats", headers={"Host": host})
    assert response.status == status
    if status == 403:
        assert await problem(response) == "foreign_host"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("http://localhost:9902", 200),
        ("https://localhost:9902", 200),
        ("HTTP://LOCALHOST:9902", 200),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("https://evil.example", 403),
        ("http://localhost:9902.evil.example", 403),
        ("ws://localhost:9902", 403),
        ("null", 403),
        ("", 403),
    ],
)
async def test_origin(start, origin, status):
    headers = {"Host": "localhost:9902"} | (
        {} if origin is None else {"Origin": origin}
    )
    response = await (await start()).get("/stats", headers=headers)
    assert response.status == status
    if status == 403:
        assert await problem(response) == "foreign_origin"


@pytest.mark.parametrize(
    ("rule", "authorization", "status"),
    [
        ("the token", f"Bearer {TOKEN}", 200),
        ("the scheme in other letters", f"bearer {TOKEN}", 200),
        ("nothing", None, 401),
        ("empty", "", 401),
        ("no token", "Bearer", 401),
        ("a wrong one", "Bearer wrong", 401),
        ("its beginning", f"Bearer {TOKEN[:-1]}", 401),
        ("more than it", f"Bearer {TOKEN}x", 401),
        ("another scheme", f"Basic {TOKEN}", 401),
        ("no scheme", TOKEN, 401),
        ("not ASCII", "Bearer schlüssel", 401),
    ],
)
async def test_token(start, rule, authorization, status):
    headers = {} if authorization is None else {"Authorization": authorization}
    response = await (await start(token=TOKEN)).get("/stats", headers=headers)
    assert response.status == status
    if status == 401:
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert TOKEN not in await response.text()
        assert await problem(response) == "unauthorized"


@pytest.mark.parametrize("path", ["/", "/stats", "/openapi.json", "/nowhere"])
async def test_nothing_is_told_without_the_token(start, path):
    assert (await (await start(token=TOKEN)).get(path)).status == 401


@pytest.mark.parametrize("name", ["token", "access_token", "authorization"])
async def test_a_token_in_the_query_is_none(start, name):
    client = await start(token=TOKEN)
    assert (await client.get("/stats", params={name: TOKEN})).status == 401


async def test_a_thousand_guesses_get_ten_answers(start):
    now = 1000.0
    client = await start(token=TOKEN, clock=lambda: now)
    statuses = []
    for number in range(1000):
        wrong = {"Authorization": f"Bearer {number}"}
        statuses.append((await client.get("/stats", headers=wrong)).status)
    assert statuses == [401] * 10 + [429] * 990
    right = await client.get("/stats", headers=BEARER)
    assert right.status == 429
    assert right.headers["Retry-After"] == "1"
    assert await problem(right) == "too_many_failures"
    now += 1
    assert (await client.get("/stats", headers=BEARER)).status == 200


async def test_asking_without_a_token_is_no_guess(start):
    client = await start(token=TOKEN)
    for _ in range(20):
        assert (await client.get("/stats")).status == 401
    assert (await client.get("/stats", headers=BEARER)).status == 200


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 202),
        ("application/json; charset=utf-8", 202),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("application/jsonp", 415),
        ("", 415),
    ],
)
async def test_what_changes_something_is_json(start, server, content_type, status):
    client = await start()
    headers = {"Content-Type": content_type}
    response = await client.post("/drain", data=b"{}", headers=headers)
    assert response.status == status
    assert server.draining is (status == 202)
    if status == 415:
        assert await problem(response) == "unsupported_media_type"


@pytest.mark.parametrize(
    ("rule", "headers", "status"),
    [
        ("a foreign name before all", {"Host": "evil.example"}, 403),
        ("a foreign page before the token", {"Origin": "http://evil.example"}, 403),
        ("the token before the content", {"Content-Type": "text/plain"}, 401),
    ],
)
async def test_the_order_of_checks(start, server, rule, headers, status):
    client = await start(token=TOKEN)
    response = await client.post("/drain", headers=JSON | headers)
    assert response.status == status
    assert not server.draining
