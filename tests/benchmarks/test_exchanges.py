"""The exchanges are those they are said to be; what they cost is not for a test."""

import pytest

from benchmarks.exchanges import REQUESTS, Scene, calls, least
from tests.coding import contract

UNDO = {b"identity": bytes, **contract.UNDO}


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


async def test_another_body_each_time_is_coded_each_time(scene):
    coded = scene.coded()
    written = {}
    for name, exchange in coded.items():
        exchange()
        first = scene.client.written
        exchange()
        head, _, body = scene.client.written.partition(b"\r\n\r\n")
        coding = name.split(", ")[1].encode()
        assert (b"Content-Encoding: " + coding in head) is (coding != b"identity")
        assert UNDO[coding](body).startswith(b"[{")
        written[name] = first.endswith(body)
    assert len(written) == 8
    assert all(same == ("the same" in name) for name, same in written.items())


async def test_each_has_a_figure(scene):
    exchanges = scene.exchanges()
    assert least(exchanges, times=1, slices=1).keys() == REQUESTS.keys()
    assert all(calls(exchange) > 1 for exchange in exchanges.values())
