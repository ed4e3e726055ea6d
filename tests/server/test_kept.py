"""What is asked for again is the same; what is not is forgotten."""

from sidecar.server.kept import Kept


def rounds(kept, *keys):
    kept.begin()
    found = [kept.keep(key, object) for key in keys]
    kept.done()
    return found


def test_it_is_the_same_after_a_reload():
    kept = Kept()
    assert rounds(kept, "a", "b") == rounds(kept, "a", "b")
    assert len(kept) == 2


def test_within_one_configuration_it_is_shared():
    one, other = rounds(Kept(), "a", "a")
    assert one is other


def test_what_nobody_asks_for_is_forgotten():
    kept = Kept()
    (before,) = rounds(kept, "a")
    rounds(kept, "b")
    assert rounds(kept, "a") != [before]


def test_a_configuration_that_was_never_finished_loses_nothing():
    kept = Kept()
    (before,) = rounds(kept, "a")
    kept.begin()
    kept.keep("b", object)
    assert rounds(kept, "a") == [before]
