"""Nobody is refused."""

from sidecar.policy.breaker import REFUSED, Breaker
from sidecar.policy.circuit import Outcome, State
from sidecar.policy.tripping import Settings
from sidecar.proxy.unbroken import UNBROKEN, Watching
from sidecar.units import Instant

NOW = Instant(0.0)


class Tally:
    def __init__(self):
        self.counted: list[str] = []

    def count(self, word):
        self.counted.append(word)


def test_there_is_none():
    permit = UNBROKEN.permit(NOW)
    assert permit == UNBROKEN.calm
    UNBROKEN.record(permit, Outcome.FAILURE, 1.0, NOW)
    UNBROKEN.correct(permit, NOW)
    assert not UNBROKEN.refuses(NOW)
    assert not UNBROKEN.is_full(NOW)
    assert UNBROKEN.retry_after(NOW) == 0


def test_one_that_watches_counts_whom_it_would_refuse():
    tally = Tally()
    breaker = Breaker(Settings(min_requests=2), chance=lambda: 0.0)
    watching = Watching(breaker, tally)
    assert watching.calm
    for _ in range(2):
        watching.record(watching.permit(NOW), Outcome.FAILURE, 0.1, NOW)
    assert breaker.state is State.OPEN
    assert not watching.refuses(NOW)
    assert not watching.is_full(NOW)
    assert watching.retry_after(NOW) == 0
    assert not watching.calm
    permit = watching.permit(NOW)
    assert permit
    watching.record(permit, Outcome.SUCCESS, 0.1, NOW)
    assert (breaker.state, tally.counted) == (State.OPEN, ["observed"])


def test_by_hand_also_one_that_is_watched_opens():
    breaker = Breaker(Settings(), chance=lambda: 0.0)
    watching = Watching(breaker, Tally())
    breaker.force(State.OPEN, NOW)
    assert watching.refuses(NOW)
    assert watching.permit(NOW) == REFUSED
    assert watching.retry_after(NOW) > 0
    breaker.force(None, NOW)
    assert not watching.refuses(NOW)
    assert watching.permit(NOW) != REFUSED
