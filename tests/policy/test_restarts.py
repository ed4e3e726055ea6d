"""When a worker is started again, and when that is given up."""

import pytest

from sidecar.policy.restarts import ENOUGH, LONGEST, SETTLED, Again, GiveUp, Restarts
from sidecar.units import Instant

NOW = Instant(1000.0)


def pause(restarts, now=NOW, *, was_ready=True, others_serve=True):
    found = restarts.ended(now, was_ready=was_ready, others_serve=others_serve)
    assert isinstance(found, Again)
    return round(found.at - now, 3)


def test_one_that_served_is_back_at_once():
    assert pause(Restarts()) == 0


def test_one_after_the_other_is_back_within_a_second_for_ever():
    restarts = Restarts()
    pauses = [pause(restarts) for _ in range(200)]
    assert pauses[:6] == [0, 0.05, 0.1, 0.2, 0.2, 0.2]
    assert max(pauses) < 0.5


def test_a_row_of_crashes_ends_with_a_quiet_time():
    restarts = Restarts()
    for _ in range(5):
        pause(restarts)
    assert pause(restarts, Instant(NOW + SETTLED + 1)) == 0


def test_starts_in_vain_wait_ever_longer():
    restarts = Restarts()
    pauses = [pause(restarts, was_ready=False) for _ in range(20)]
    assert pauses[:4] == [0.05, 0.1, 0.2, 0.4]
    assert pauses[-1] == LONGEST


@pytest.mark.parametrize("others_serve", [False, True])
def test_given_up_only_where_nobody_serves(others_serve):
    restarts = Restarts()
    ended = [
        restarts.ended(NOW, was_ready=False, others_serve=others_serve)
        for _ in range(ENOUGH)
    ]
    assert (ended[-1] == GiveUp(ENOUGH)) is not others_serve
    assert all(isinstance(one, Again) for one in ended[:-1])


def test_a_start_that_succeeds_is_a_new_beginning():
    restarts = Restarts()
    for _ in range(ENOUGH - 1):
        pause(restarts, was_ready=False, others_serve=False)
    restarts.ready()
    assert pause(restarts, was_ready=False, others_serve=False) == 0.05
