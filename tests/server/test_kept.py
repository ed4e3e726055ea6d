"""What is asked for again is the same; what is not is forgotten."""

from sidecar.server.kept import Kept


def rounds(kept, *keys):
    """What a configuration gets that asks for `keys`, and what is kept after it."""
    after = kept.successor()
    found = [after.keep(key, object) for key in keys]
    after.settle()
    return found, after


def test_it_is_the_same_after_a_reload():
    before, kept = rounds(Kept(), "a", "b")
    after, kept = rounds(kept, "a", "b")
    assert before == after
    assert len(kept) == 2


def test_within_one_configuration_it_is_shared():
    (one, other), _ = rounds(Kept(), "a", "a")
    assert one is other


def test_what_nobody_asks_for_is_forgotten():
    before, kept = rounds(Kept(), "a")
    _, kept = rounds(kept, "b")
    assert rounds(kept, "a")[0] != before


def test_a_configuration_that_is_dropped_changes_nothing():
    before, kept = rounds(Kept(), "a")
    dropped = kept.successor()
    dropped.keep("b", object)
    assert len(kept) == 1
    assert rounds(kept, "a")[0] == before
