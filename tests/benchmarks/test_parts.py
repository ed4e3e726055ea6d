"""The parts are measured; how fast they are is not for a test to say."""

from itertools import chain

from benchmarks.parts import Figure, best, of_a_scrape, of_the_ledger


def test_each_part_has_a_figure():
    figures = list(chain(of_the_ledger(), of_a_scrape()))
    assert len(figures) == 11
    assert all(figure.spent > 0 for figure in figures)
    assert sum(figure.goal is not None for figure in figures) == 7


def test_best_is_of_one_call():
    calls = []
    assert best(lambda: calls.append(1), times=10) >= 0
    assert len(calls) > 1


def test_a_line():
    assert str(Figure("ledger", 3.14159, "µs", 8.0)).split() == [
        "ledger",
        "3.14",
        "µs",
        "at",
        "most",
        "8",
    ]
