"""Who is due is told once a sweep, and may move on."""

from sidecar.policy.deadlines import Deadlines
from sidecar.units import NEVER, Instant


class Waiting:
    def __init__(self, due: float, then: float = NEVER) -> None:
        self.due = Instant(due)
        self.then = Instant(then)
        self.told: list[float] = []

    def expire(self, now: Instant, /) -> None:
        self.told.append(now)
        self.due = self.then


def test_only_what_is_due_is_told():
    early, exact, late = Waiting(1.0), Waiting(2.0), Waiting(2.1)
    deadlines = Deadlines([early, exact, late])
    assert deadlines.sweep(Instant(2.0)) == 2
    assert (early.told, exact.told, late.told) == ([2.0], [2.0], [])


def test_who_moved_on_is_told_again_later():
    one = Waiting(1.0, then=5.0)
    deadlines = Deadlines([one])
    assert [deadlines.sweep(Instant(now)) for now in (1.0, 2.0, 5.0)] == [1, 0, 1]


def test_one_that_never_waits_is_never_told():
    assert Deadlines([Waiting(NEVER)]).sweep(Instant(1e12)) == 0


def test_who_is_forgotten_is_not_told():
    one, deadlines = Waiting(1.0), Deadlines()
    deadlines.watch(one)
    deadlines.watch(one)
    assert len(deadlines) == 1
    deadlines.forget(one)
    deadlines.forget(one)
    assert (len(deadlines), deadlines.sweep(Instant(9.0))) == (0, 0)


def test_who_is_told_may_leave_and_bring_others():
    deadlines = Deadlines()

    class Leaving(Waiting):
        def expire(self, now: Instant, /) -> None:
            super().expire(now)
            deadlines.forget(self)
            deadlines.watch(Waiting(0.0))

    deadlines.watch(Leaving(1.0))
    deadlines.watch(Leaving(1.0))
    assert deadlines.sweep(Instant(1.0)) == 2
    assert len(deadlines) == 2
