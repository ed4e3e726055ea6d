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
