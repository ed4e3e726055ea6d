from sidecar.policy.cache_key import CacheKey, SomeQuery
from sidecar.policy.freshness import Rules
from sidecar.proxy.clock import Clock
from sidecar.proxy.observed_cache import ObservedCache
from sidecar.storage.entry import Stored
from sidecar.units import Instant
from tests.proxy.cache_script import Scene
from tests.proxy.script import Client, Connection, Proxy, request, response, route

FIELDS = [
    (b"Cache-Control", b"max-age=60, stale-while-revalidate=9"),
    (b"ETag", b'"a"'),
]


async def test_it_stores_and_counts_and_answers_nothing():
    scene = Scene(clock=Clock(), rules=Rules(jitter=0))
    cache = ObservedCache(scene.cache._settings, scene.answered)
    answers = [
        Connection([response(200, FIELDS, content_length=1), b"%d" % n], at_once=1)
        for n in range(4)
    ]
    proxy = Proxy(*answers, route=route(cache=cache))
    bodies = []
    for n in range(4):
        client = Client()
        head = request(values={b"if-none-match": b'"a"'})
        one = proxy.pipeline.begin(head, client)
        assert not proxy.pipeline.answer(one)
        assert one.asking is head
        await proxy.pipeline.forward(one, proxy.pipeline.ask(one))
        bodies.append(client.content)
        if n == 2:
            (entry,) = scene.shelf.entries.values()
            assert isinstance(entry, Stored)
            entry.born = Instant(entry.born - 65)
            entry.fresh_until = Instant(entry.fresh_until - 65)
            entry.refresh_from = Instant(entry.refresh_from - 65)
    assert bodies[1:] == [b"1", b"2", b"3"]
    assert {"hit": 2, "stale": 1}.items() <= scene.counts.items()
    assert len(scene.shared.flights) == 0


async def test_what_tells_of_more_than_its_key_is_not_stored():
    key = CacheKey(b"r", query=SomeQuery(frozenset({b"utm"}), others=True))
    scene = Scene(clock=Clock(), rules=Rules(jitter=0), key=key)
    cache = ObservedCache(scene.cache._settings, scene.answered)
    targets = (b"/?utm=1", b"/?a=1")
    answers = [
        Connection([response(200, FIELDS, content_length=1), b"a"], at_once=1)
        for _ in targets
    ]
    proxy = Proxy(*answers, route=route(cache=cache))
    for target in targets:
        one = proxy.pipeline.begin(request(target=target), Client())
        assert not proxy.pipeline.answer(one)
        await proxy.pipeline.forward(one, proxy.pipeline.ask(one))
    (entry,) = scene.shelf.entries.values()
    assert isinstance(entry, Stored)
    assert entry.url.endswith(b"/?a=1")
    assert len(scene.shared.flights) == 0
