"""The parts are measured; what they cost is not for a test to say."""

from benchmarks.inside import exchanges, figures


def test_each_has_a_figure():
    names = [one.part for one in figures(times=1, rounds=1)]
    assert names == ["breaker", "concurrency", "limit", "all"]


def test_nobody_is_refused_or_left_inside():
    list(figures(times=20, rounds=1))
    for one in exchanges().values():
        assert one.served_by.gate.refusal(one.started) is None
