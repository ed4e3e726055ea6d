"""Who is next, who is sent away, and that nobody is lost."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.queueing import (
    INTERVAL,
    LONGEST,
    PATIENCE,
    TARGET,
    Priority,
    Queue,
    Settings,
    Shed,
)
from sidecar.units import NEVER, Instant

HIGH, NORMAL, LOW = Priority


@dataclass(eq=False)
class One:
    name: str
    priority: Priority = NORMAL
    due: Instant = NEVER
    joined: Instant = NEVER


def queue(*ones, at=0.0, **settings):
    made = Queue(Settings(**settings))
    for one in ones:
        assert made.join(one, Instant(at)) is None
    return made


def order(queue, now):
    names = []
    while one := queue.next(Instant(now)):
        names.append(one.name)
    return names


@pytest.mark.parametrize(
    ("rule", "ones", "now", "names"),
    [
        ("first come, first served", [One("a"), One("b"), One("c")], 0.05, "abc"),
        ("newest first when it stands", [One("a"), One("b"), One("c")], 0.2, "cba"),
        ("classes in order", [One("a", LOW), One("b", HIGH), One("c")], 0.05, "bca"),
        (
            "also when it stands",
            [One("a", LOW), One("b", HIGH), One("c", LOW)],
            0.2,
            "bca",
        ),
    ],
)
def test_next(rule, ones, now, names):
    waiting = queue(*ones)
    assert order(waiting, now) == list(names)
    assert waiting.count == 0


def test_it_has_an_end():
    waiting = queue(One("a"), One("b"), size=2)
    assert waiting.join(One("c"), Instant(0)) is Shed.FULL
    assert order(waiting, 0) == ["a", "b"]


@pytest.mark.parametrize(
    ("rule", "there", "comes", "left"),
    [
        ("the newest of the lowest goes", "nll", HIGH, "hnl"),
        ("whoever of two lower ones is lowest", "nnll", HIGH, "hnnl"),
        ("nobody for one of its own class", "nnn", NORMAL, None),
        ("nor for a lower one", "hhn", LOW, None),
        ("nor the last of a class", "hnl", HIGH, None),
        ("the lowest that has more than one", "nnl", HIGH, "hnl"),
    ],
)
def test_who_gives_way_in_a_full_queue(rule, there, comes, left):
    names = {"h": HIGH, "n": NORMAL, "l": LOW}
    waiting = queue(*(One(name, names[name]) for name in there), size=len(there))
    new = One("hnl"[comes], comes)
    refused = waiting.join(new, Instant(0))
    gone = waiting.surplus()
    if left is None:
        assert (refused, gone) == (Shed.FULL, None)
        return
    assert refused is None
    assert gone is not None
    assert waiting.surplus() is None
    assert "".join(order(waiting, 0)) == left


def test_nobody_waits_longer_than_they_may():
    a, b = One("a"), One("b", due=Instant(3.0))
    queue(a, b, at=1.0, timeout=5.0)
    assert (a.due, b.due) == (6.0, 3.0)


def test_where_nobody_is_shed_a_standing_queue_is_only_long():
    made = queue(*map(One, "abcdefgh"), timeout=30.0, sheds=False)
    assert made.look_again() is None
    assert made.in_vain(Instant(10.0)) == []
    assert made.join(One("i"), Instant(10.0)) is None
    assert "".join(order(made, 10.0)) == "abcdefghi"


def test_who_would_come_too_late_is_told_at_once():
    waiting = queue(*[One(str(n)) for n in range(7)], timeout=60.0)
    for now in (1.0, 2.0, 3.0):  # one place a second, four wait
        waiting.next(Instant(now))
        waiting._standing = Instant(now)  # not overloaded
    assert waiting.join(One("late", due=Instant(7.9)), Instant(3.0)) is Shed.LATE
    assert waiting.join(One("urgent", HIGH, due=Instant(7.9)), Instant(3.0)) is None
    assert waiting.join(One("patient", due=Instant(9.1)), Instant(3.0)) is None
    assert waiting.retry_after() == pytest.approx(7.0)


def test_a_quiet_time_says_nothing_about_the_pace():
    waiting = queue(One("a"), One("b"))
    waiting.next(Instant(1.0))
    waiting.next(Instant(1.5))
    assert waiting.next(Instant(2.0)) is None
    for name in "cd":
        waiting.join(One(name), Instant(1000.0))
    waiting.next(Instant(1000.1))
    waiting.next(Instant(1000.6))
    assert waiting.retry_after() == 1.0


def test_the_longest_that_anybody_is_sent_away():
    waiting = queue(*[One(str(n)) for n in range(50)])
    for now in (10.0, 20.0, 30.0):
        waiting.next(Instant(now))
    assert waiting.retry_after() == LONGEST


def test_whoever_waited_too_long_in_a_standing_queue_leaves():
    old, late, new = One("old"), One("late"), One("new")
    waiting = queue(old, late)
    assert waiting.in_vain(Instant(INTERVAL)) == []
    assert waiting.look_again() == INTERVAL
    waiting.join(new, Instant(INTERVAL))
    now = Instant(INTERVAL + 0.001)
    assert waiting.in_vain(now) == [old, late]
    assert order(waiting, now) == ["new"]


@pytest.mark.parametrize(
    ("rule", "kept", "there", "comes", "expected"),
    [
        ("the next places are taken", 2, [NORMAL] * 2, NORMAL, Shed.OVERLOAD),
        ("not all of them", 3, [NORMAL] * 2, NORMAL, None),
        ("no class drives out another", 1, [NORMAL], LOW, None),
        ("others wait behind it", 1, [HIGH, LOW], HIGH, None),
        ("nobody does", 1, [HIGH], HIGH, Shed.OVERLOAD),
        ("it would take too long", 1, [HIGH] * 20 + [LOW], HIGH, Shed.OVERLOAD),
    ],
)
def test_who_comes_in_vain_is_told_at_once(rule, kept, there, comes, expected):
    waiting = queue(*(One("there", priority) for priority in there))
    waiting.kept = kept
    waiting._gap = 0.05
    now = Instant(INTERVAL + 0.001)
    assert waiting.refusal(comes, NEVER, now) is expected
    assert waiting.join(One("new", comes), now) is expected


def test_in_an_overload_those_who_are_kept_are_served_in_order():
    waiting = queue(*(One(name) for name in "abcd"))
    waiting.kept = 2
    assert order(waiting, 0.2) == ["d", "c", "a", "b"]


def test_whose_place_would_come_after_the_longest_wait_is_told_at_once():
    waiting = queue(*[One(str(n)) for n in range(6)], timeout=3.0)
    waiting._gap = 0.5
    assert waiting.join(One("late"), Instant(0.01)) is Shed.LATE
    waiting.next(Instant(0.02))
    waiting._gap = 0.5
    assert waiting.join(One("in time"), Instant(0.02)) is None


def test_one_is_kept_for_the_next_free_place():
    waiting = queue(One("a"))
    assert waiting.look_again() is None
    assert waiting.in_vain(Instant(100.0)) == []
    assert order(waiting, 100.0) == ["a"]


def test_as_many_are_kept_as_become_free_together():
    ones = [One(name) for name in "abcd"]
    waiting = queue(*ones)
    waiting.kept = 3
    assert waiting.in_vain(Instant(1.0)) == ones[:1]
    assert waiting.look_again() is None


def test_no_class_drives_out_another():
    highs = [One("high", HIGH), One("higher", HIGH)]
    low, late = One("low", LOW), One("late", LOW)
    waiting = queue(*highs, low, late)
    assert waiting.in_vain(Instant(0.9)) == [low]
    assert waiting.look_again() == PATIENCE
    assert waiting.in_vain(Instant(1.0)) == highs[:1]
    assert order(waiting, 1.0) == ["higher", "late"]


def test_a_place_that_nobody_took_ends_the_overload():
    waiting = queue(One("a"), One("b"))
    assert waiting.overloaded(Instant(0.2))
    waiting.next(Instant(0.2))
    waiting.next(Instant(0.3))
    assert waiting.next(Instant(0.4)) is None
    waiting.join(One("c"), Instant(0.45))  # a moment is no end
    assert waiting.overloaded(Instant(0.45))
    waiting.next(Instant(0.5))
    assert waiting.next(Instant(0.6)) is None
    waiting.join(One("d"), Instant(0.71))
    assert not waiting.overloaded(Instant(0.71))


def test_an_overload_of_long_ago_is_over_however_busy_it_is():
    waiting = queue(One("a"))
    waiting.next(Instant(0.2))
    for n in range(100):  # places become free all the time, and nobody waits
        assert waiting.next(Instant(1.0 + n / 100)) is None
        assert waiting.idle_since is not None
    waiting.join(One("b"), Instant(2.0))
    assert waiting.idle_since is None
    assert not waiting.overloaded(Instant(2.05))


def test_when_to_look_again_in_a_standing_queue():
    waiting = queue(One("a"))
    waiting.join(One("b"), Instant(0.098))
    waiting.leave(next(iter(waiting._classes[NORMAL])))
    waiting.join(One("c"), Instant(0.099))
    assert waiting.look_again() == pytest.approx(0.098 + TARGET)


def test_leaving():
    one = One("a")
    waiting = queue(one, One("b"))
    assert waiting.leave(one)
    assert not waiting.leave(one)
    assert order(waiting, 0) == ["b"]


MOVES = st.tuples(
    st.sampled_from(["join", "next", "leave", "vain"]),
    st.floats(0, 0.2),
    st.sampled_from(Priority),
)


@given(st.lists(MOVES, max_size=100))
def test_everybody_is_served_sent_away_or_still_there(moves):
    waiting, inside, now = Queue(Settings(size=5)), [], 0.0
    for move, pause, priority in moves:
        now += pause
        if move == "join":
            one = One(str(now), priority)
            refused = waiting.refusal(priority, NEVER, Instant(now))
            assert waiting.join(one, Instant(now)) is refused
            if refused is None:
                inside.append(one)
            if gone := waiting.surplus():
                assert gone.priority > priority
                inside.remove(gone)
        elif move == "next":
            served = waiting.next(Instant(now))
            assert (served is None) == (not inside)
            if served:
                assert served.priority == min(one.priority for one in inside)
                inside.remove(served)
        elif move == "leave" and inside:
            assert waiting.leave(inside.pop())
        elif move == "vain":
            for one in waiting.in_vain(Instant(now)):
                inside.remove(one)
        assert waiting.count == len(inside) <= 5
