"""The exchanges are those they are said to be; what they cost is not for a test."""

import pytest

from benchmarks.exchanges import REQUESTS, Scene, calls, least


@pytest.fixture
async def scene(preserved_logging):
    made = Scene()
    yield made
    made.close()


async def test_each_is_answered_as_it_is_named(scene):
    said = {}
    for name, exchange in scene.exchanges().items():
        for _ in range(2):
            scene.upstream.written = b""
            exchange()
        status = scene.client.written.split(b" ", 2)[1]
        said[name] = (int(status), bool(scene.upstream.written))
    assert said == {
        "known at once": (200, False),
        "hit, 1 KB": (200, False),
        "hit, 304": (304, False),
        "GET, 1 KB": (200, True),
        "POST, 200 B": (200, True),
    }


async def test_each_has_a_figure(scene):
    exchanges = scene.exchanges()
    assert least(exchanges, times=1, slices=1).keys() == REQUESTS.keys()
    assert all(calls(exchange) > 1 for exchange in exchanges.values())
