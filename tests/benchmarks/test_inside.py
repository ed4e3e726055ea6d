"""The parts are measured; what they cost is not for a test to say."""

from benchmarks.inside import exchanges, figures, refuse, refusing
from tests.proxy.script import Client, request


def test_each_has_a_figure():
    names = [one.part for one in figures(times=1, rounds=1)]
    assert names == [
        *("breaker", "concurrency", "limit", "all"),
        *("refused: places", "refused: limit"),
    ]


def test_nobody_is_refused_or_left_inside():
    list(figures(times=20, rounds=1))
    for one in exchanges().values():
        assert one.served_by.permits.refusal(one.started) is None


def test_who_is_to_be_refused_is():
    for name, status in (("places", 503), ("limit", 429)):
        proxy = refusing()[name]
        one = proxy.pipeline.begin(request(), Client())
        assert proxy.pipeline.answer(one)
        assert one.status == status
        refuse(proxy, 2)
        assert not proxy.seen.exchanges
