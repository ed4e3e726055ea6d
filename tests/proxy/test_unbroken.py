"""Nobody is refused."""

from sidecar.policy.breaker import Breaker
from sidecar.policy.circuit import Outcome, State
from sidecar.policy.tripping import Settings
from sidecar.proxy.unbroken import UNBROKEN, Watching
from sidecar.units import Instant

NOW = Instant(0.0)


def test_there_is_none():
    permit = UNBROKEN.permit(NOW)
    assert permit == UNBROKEN.calm
    UNBROKEN.record(permit, Outcome.FAILURE, 1.0, NOW)
    UNBROKEN.correct(permit, NOW)
    assert not UNBROKEN.refuses(NOW)
    assert UNBROKEN.retry_after(NOW) == 0


def test_one_that_watches_counts_whom_it_would_refuse():
    counted: list[str] = []

    class Tally:
        def count(self, word):
            counted.append(word)

    breaker = Breaker(Settings(min_requests=2), chance=lambda: 0.0)
    watching = Watching(breaker, Tally())
    assert watching.calm
    for _ in range(2):
        watching.record(watching.permit(NOW), Outcome.FAILURE, 0.1, NOW)
    assert breaker.state is State.OPEN
    assert not watching.refuses(NOW)
    assert watching.retry_after(NOW) == 0
    assert not watching.calm
    permit = watching.permit(NOW)
    assert permit
    watching.record(permit, Outcome.SUCCESS, 0.1, NOW)
    assert (breaker.state, counted) == (State.OPEN, ["observed"])
