"""Keys are fetched before they are needed, again when they change, and not too often."""

import asyncio

import pytest
from aiohttp import web

from sidecar.policy.tokens import Expected, Keys, Tokens
from sidecar.server.key_documents import LARGEST
from sidecar.server.key_sets import AGAIN, SOON, Fetched, KeySet, KeySets
from sidecar.telemetry.log import Log
from sidecar.units import Instant, Timestamp
from tests.policy.test_tokens import OTHER_RSA, RSA, jwks, sha, sign
from tests.server.threadless import Threadless
from tests.telemetry.exchanges import Diary

RS256 = ("RS256",)


class Issuer:
    """An identity provider: serves a key set, or whatever it is told to."""

    def __init__(self):
        self.status, self.body, self.asked = 200, jwks(RSA, names=["a"]), 0
        self.headers: dict[str, str] = {}
        self.url = ""

    async def answer(self, _request):
        self.asked += 1
        return web.Response(status=self.status, body=self.body, headers=self.headers)


@pytest.fixture
async def issuer(aiohttp_server):
    made = Issuer()
    app = web.Application()
    app.router.add_get("/keys", made.answer)
    made.url = str((await aiohttp_server(app)).make_url("/keys"))
    return made


class Scene:
    def __init__(self, url):
        self.keys = Keys()
        self.diary = Diary()
        self.now = 0.0
        self.sets = KeySets(lambda: Instant(self.now), Log(self.diary))
        self.sets.use([KeySet(url, RS256, self.keys)])
        self.tokens = Tokens(Expected(algorithms=RS256), self.keys, sha)

    def believes(self, key, **header):
        token = sign(key=key, algorithm="RS256", **header)
        return self.tokens.claims(token, Timestamp(0.0)) is not None


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.005)


async def test_they_are_fetched_at_once(issuer):
    scene = Scene(issuer.url)
    assert not scene.believes(RSA, kid="a")
    await until(lambda: scene.keys.generation == 1)
    assert scene.believes(RSA, kid="a")
    scene.sets.stop()


async def test_without_a_thread_they_are_fetched_when_there_is_one(issuer):
    threads = Threadless()
    asyncio.get_running_loop().set_default_executor(threads)
    scene = Scene(issuer.url)
    await until(lambda: scene.keys.generation == 1)
    assert threads.refused == 1
    assert "key sets not fetched yet" in str(scene.diary.lines)
    scene.sets.stop()


async def test_a_key_that_is_missed_is_looked_for_soon(issuer):
    scene = Scene(issuer.url)
    await until(lambda: scene.keys.generation == 1)
    issuer.body = jwks(OTHER_RSA, names=["b"])
    assert not scene.believes(OTHER_RSA, kid="b")
    scene.now = SOON
    await until(lambda: scene.keys.generation == 2)
    assert scene.believes(OTHER_RSA, kid="b")
    assert issuer.asked == 2
    scene.sets.stop()


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (500, b"", {}),
        (200, b"rubbish", {}),
        (200, b'{"keys": []}', {}),
        (200, b" " * (LARGEST + 1), {}),
        (302, b"", {"Location": "http://127.0.0.1:9/keys"}),
    ],
)
async def test_what_is_none_changes_nothing(status, body, headers, issuer):
    scene = Scene(issuer.url)
    await until(lambda: scene.keys.generation == 1)
    issuer.status, issuer.body, issuer.headers = status, body, headers
    scene.now = AGAIN
    await until(lambda: issuer.asked == 2 and scene.diary.lines)
    assert scene.believes(RSA, kid="a")
    scene.sets.stop()


async def test_nobody_is_there():
    scene = Scene("http://127.0.0.1:9/keys?token=canary")
    await until(lambda: scene.diary.lines)
    assert not scene.believes(RSA)
    assert "canary" not in str(scene.diary.lines)
    scene.sets.stop()


async def test_known_keys_hold_until_they_are_fetched_again(issuer):
    scene = Scene(issuer.url)
    await until(lambda: scene.keys.generation == 1)
    keys = Keys()
    scene.sets.use([KeySet(issuer.url, RS256, keys)])
    assert keys.candidates("a", "RS256")
    scene.sets.stop()


async def test_other_sets_take_their_place(issuer):
    scene = Scene(issuer.url)
    scene.sets.use([])
    await asyncio.sleep(0)
    assert issuer.asked == 0
    scene.sets.stop()


@pytest.mark.parametrize(
    ("rule", "asked", "failed", "missed", "now", "due"),
    [
        ("never asked", None, False, 0, 0.0, True),
        ("lately", 0.0, False, 0, AGAIN - 1, False),
        ("long ago", 0.0, False, 0, AGAIN, True),
        ("in vain", 0.0, True, 0, SOON, True),
        ("a moment ago in vain", 0.0, True, 0, SOON - 1, False),
        ("a key is missed", 0.0, False, 1, SOON, True),
        ("forgers make nobody ask more often", 0.0, False, 1000, SOON - 1, False),
    ],
)
def test_when(rule, asked, failed, missed, now, due):
    keys = Keys()
    keys.missed = missed
    one = Fetched(KeySet("", RS256, keys))
    one.asked, one.failed = asked, failed
    assert one.is_due(Instant(now)) is due
