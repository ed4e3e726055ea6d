"""What grows is measured; how much it may is not for a test to say."""

from benchmarks.growth import of_keys, of_processes, settings


def test_keys_are_bounded():
    few, many = of_keys((2000, 4000), most=1000)
    assert 0 < many.spent < 2 * few.spent


def test_a_sidecar_is_started_and_weighed():
    one = dict([next(iter(settings().items()))])
    start, memory = of_processes(one)
    assert start.spent > 0
    assert memory.spent > 1
    assert memory.part == "10 routes: memory"
