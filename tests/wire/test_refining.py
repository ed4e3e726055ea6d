"""Popular stored bodies are made smaller behind everybody's back."""

import zlib
from functools import partial

import pytest

from benchmarks.contents import shop_json
from tests.conftest import Start
from tests.harness.client import get
from tests.harness.origin import Origin, reply
from tests.harness.sidecar import Sidecar, await_condition
from tests.harness.strict import Response

BODY = shop_json()[:5000]
# Others may have all of the processor for a while.
IN_TIME = 60


@pytest.fixture
def caching(shared_sidecar: Start) -> Sidecar:
    return shared_sidecar(
        {"defaults": {"cache": {}, "compression": {}, "conditional": {}}}
    )


def ask(sidecar: Sidecar, *fields: bytes) -> Response:
    outcome = get(sidecar.port, b"/popular", b"Accept-Encoding: gzip", *fields)
    assert len(outcome.responses) == 1, outcome
    return outcome.responses[0]


def is_refined(sidecar: Sidecar) -> bool:
    return ask(sidecar).one(b"etag") == b'"abc-gzip+"'


def metric(sidecar: Sidecar, sample: str) -> float:
    for line in get(sidecar.health, b"/metrics").responses[0].body.decode().split("\n"):
        if line.startswith(sample):
            return float(line.split()[-1])
    return 0.0


def test_who_asks_often_gets_less(caching: Sidecar, origin: Origin) -> None:
    fields = b'ETag: "abc"', b"Cache-Control: max-age=600", b"Content-Type: text/plain"
    origin.script(b"/popular", reply(BODY, *fields))
    first = ask(caching)
    assert first.one(b"etag") == b'"abc-gzip"'
    await_condition(partial(is_refined, caching), IN_TIME)
    later = ask(caching)
    assert len(later.body) < len(first.body)
    assert zlib.decompress(later.body, 31) == zlib.decompress(first.body, 31) == BODY
    for tag in (b'"abc-gzip"', b'"abc-gzip+"'):
        confirmed = ask(caching, b"If-None-Match: " + tag)
        assert (confirmed.status, confirmed.one(b"etag")) == (304, tag)
        whole = ask(caching, b"Range: bytes=0-9", b"If-Range: " + tag)
        assert (whole.status, bytes(whole.body)) == (200, bytes(later.body))
    assert len(origin.take()) == 1
    saved = metric(caching, 'sidecar_refined_bytes_total{coding="gzip",side="in"}')
    saved -= metric(caching, 'sidecar_refined_bytes_total{coding="gzip",side="out"}')
    assert metric(caching, 'sidecar_refined_total{coding="gzip"}') == 1
    assert saved == len(first.body) - len(later.body)
