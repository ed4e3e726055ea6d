"""Filling goes on without the client, holds its place meanwhile, and gives it back."""

import asyncio

from sidecar.errors import ResponseIncomplete
from sidecar.proxy.clock import Clock
from sidecar.proxy.tasks import Tasks
from tests.proxy.cache_script import Scene
from tests.proxy.script import Client, Connection, Proxy, request, response, route

MAX_AGE = (b"Cache-Control", b"max-age=60")


class Permit:
    def __init__(self, diary):
        self.diary, self.ended = diary, False

    def answered(self, status, now):
        self.diary.append(f"answered {status}")

    def failed(self, error, now):
        self.diary.append(f"failed {error.code}")
        self.end(now)

    def end(self, now):
        if not self.ended:
            self.ended = True
            self.diary.append("end")


class Permits:
    """Gives one permit, and writes down what becomes of it."""

    is_open = True

    def __init__(self):
        self.diary: list[str] = []

    def take(self, _now, /):
        return Permit(self.diary)

    async def wait(self, _due, /):
        return Permit(self.diary)


def at(*pieces):
    scene, permits = Scene(clock=Clock()), Permits()
    head = response(200, [MAX_AGE], content_length=6)
    connection = Connection([head, *pieces])
    way = route(cache=scene.cache, permits=permits)
    proxy = Proxy(connection, route=way)
    return scene, permits, connection, proxy


async def get(proxy, client):
    one = proxy.pipeline.begin(request(), client)
    assert not proxy.pipeline.answer(one)
    await proxy.pipeline.forward(one)


async def filled(proxy):
    filling = proxy.pipeline._sharing._filling
    while len(filling):
        await asyncio.sleep(0)


async def test_who_has_left_holds_the_place_for_those_who_stay():
    _, permits, connection, proxy = at(b"ab", b"cd", b"ef")
    client = Client()
    client.leaves_after = 0
    await get(proxy, client)
    assert client.diary[-1] == "abort"
    assert permits.diary == ["answered 200"]
    await filled(proxy)
    assert permits.diary == ["answered 200", "end"]
    assert connection.diary[-1] == "release"


async def test_what_breaks_off_is_the_upstreams_failure():
    _, permits, _, proxy = at(b"ab", ResponseIncomplete())
    client = Client()
    await get(proxy, client)
    await filled(proxy)
    assert permits.diary == [
        "answered 200",
        "failed upstream_incomplete_response",
        "end",
    ]
    assert client.diary[-1] == "abort"


async def test_where_there_are_too_many_nothing_stays_behind():
    scene, permits, connection, proxy = at(b"ab", b"cd", b"ef")
    proxy.pipeline._sharing._filling._tasks = Tasks(0)
    client = Client()
    await get(proxy, client)
    assert client.diary[-1] == "abort"
    assert permits.diary[-1] == "end"
    assert connection.diary[-1] == "discard"
    assert len(scene.shared.flights) == 0
