"""Half of four requests within ten seconds open it; ten seconds later two may probe."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sidecar.policy.breaker import RAMP, RAMP_TOP, REFUSED, Breaker
from sidecar.policy.circuit import Outcome, Reason, State
from sidecar.policy.tripping import JITTER, Settings
from sidecar.units import NEVER, Instant

OK, FAIL = Outcome.SUCCESS, Outcome.FAILURE
BUSY, SAID, NOTHING = Outcome.THROTTLED, Outcome.ANSWERED, Outcome.NEUTRAL
CLOSED, HALF, OPEN = State.CLOSED, State.HALF_OPEN, State.OPEN
SETTINGS = Settings(
    failure_rate=0.5,
    slow_duration=2.0,
    slow_rate=0.75,
    min_requests=4,
    window=10.0,
    open_for=10.0,
    max_open=60.0,
    probes=2,
)
TRIP = [(0, FAIL)] * 4


def breaker(**more):
    return Breaker(SETTINGS, chance=lambda: 0.0, **more)


def act(one, attempts, took=0.1):
    """Make attempts one after another; None stands for one that is refused."""
    for time, outcome in attempts:
        permit = one.permit(Instant(time))
        assert (permit == REFUSED) == (outcome is None), (time, outcome)
        if permit:
            one.record(permit, outcome, took, Instant(time))
    return one


@pytest.mark.parametrize(
    ("story", "attempts", "state"),
    [
        ("opens at the rate", [(0, OK), (0, OK), (1, FAIL), (1, FAIL)], OPEN),
        ("not below it", [(0, OK), (0, OK), (0, OK), (1, FAIL), (1, FAIL)], CLOSED),
        ("not of too few", [(0, FAIL)] * 3, CLOSED),
        (
            "not of those long ago",
            [(0, FAIL), (0, FAIL), (0, FAIL), (11, FAIL)],
            CLOSED,
        ),
        (
            "a success never opens it",
            [(0, FAIL), (0, FAIL), (0, FAIL), (0, OK)],
            CLOSED,
        ),
        ("no answer counts for nothing", [*TRIP[1:], (0, NOTHING)], CLOSED),
        ("nor does an answer of its own", [*TRIP[1:], (0, SAID)], CLOSED),
        ("a 429 that counts does", [*TRIP[1:], (0, BUSY)], OPEN),
        ("refuses while open", [*TRIP, (9.9, None)], OPEN),
        ("half-open after a while", [*TRIP, (10, OK)], HALF),
        (
            "closes after as many successes as probes",
            [*TRIP, (10, OK), (11, OK)],
            CLOSED,
        ),
        ("an answer of its own is one, too", [*TRIP, (10, SAID), (11, OK)], CLOSED),
        ("no answer is none", [*TRIP, (10, NOTHING), (10, NOTHING), (11, OK)], HALF),
        ("a 429 decides nothing", [*TRIP, (10, BUSY), (10, BUSY), (11, OK)], HALF),
        ("a failure opens it again", [*TRIP, (10, OK), (11, FAIL), (30.9, None)], OPEN),
        ("for twice as long", [*TRIP, (10, FAIL), (29.9, None), (30, OK)], HALF),
        ("and again", [*TRIP, (10, FAIL), (30, FAIL), (69.9, None), (70, OK)], HALF),
        (
            "up to the longest",
            [*TRIP, (10, FAIL), (30, FAIL), (70, FAIL), (129.9, None), (130, OK)],
            HALF,
        ),
    ],
)
def test_story(story, attempts, state):
    assert act(breaker(), attempts).state is state


def test_slow_answers_open_it():
    one = act(breaker(), [(0, OK)] * 3, took=2.0)
    assert one.state is CLOSED
    act(one, [(0, OK)], took=2.0)
    assert (one.state, one.reason) == (OPEN, Reason.SLOW_RATE)


def test_a_slow_probe_is_a_failed_one():
    one = act(breaker(), TRIP)
    act(one, [(10, OK)], took=2.0)
    assert (one.state, one.reason) == (OPEN, Reason.RELAPSED)


def test_where_slow_is_nothing_it_opens_nothing():
    one = Breaker(Settings(min_requests=1), chance=lambda: 0.0)
    act(one, [(0, OK)] * 100, took=1000.0)
    assert one.state is CLOSED


def test_an_attempt_from_before_has_no_say_after():
    one = breaker()
    late = [one.permit(Instant(0)) for _ in range(8)]
    act(one, TRIP)
    for permit in late[:4]:
        one.record(permit, FAIL, 0.1, Instant(5))
    assert one.until == 10  # not pushed on
    first, second = one.permit(Instant(10)), one.permit(Instant(10))
    for permit in late[4:]:
        one.record(permit, FAIL, 0.1, Instant(10))
    assert (one.state, one.in_flight) == (HALF, 2)
    one.record(first, OK, 0.1, Instant(11))
    one.record(second, OK, 0.1, Instant(11))
    assert one.state is CLOSED


def test_closing_it_lets_them_in_by_and_by():
    one = act(breaker(), [*TRIP, (10, OK), (10, OK)])
    permits = [one.permit(Instant(11)) for _ in range(4)]
    assert REFUSED not in permits
    assert one.permit(Instant(11)) == REFUSED
    assert one.retry_after(Instant(11)) == 1.0
    for permit in permits:
        one.record(permit, OK, 0.1, Instant(11))
    assert [one.permit(Instant(11)) for _ in range(9)].count(REFUSED) == 1
    assert one.retry_after(Instant(12)) == 1.0


def test_whether_there_is_room_is_known_without_a_permit():
    one = act(breaker(), TRIP)
    assert one.refuses(Instant(9.9))
    assert not one.refuses(Instant(10))
    assert not one.is_full(Instant(10))
    permits = [one.permit(Instant(10)) for _ in range(2)]
    assert one.is_full(Instant(10))
    assert not one.refuses(Instant(10))
    one.record(permits[0], OK, 0.1, Instant(10))
    assert not one.is_full(Instant(10))
    one.record(one.permit(Instant(10)), OK, 0.1, Instant(10))
    ramping = [one.permit(Instant(11)) for _ in range(4)]
    assert REFUSED not in ramping
    assert one.is_full(Instant(11))
    assert not one.is_full(Instant(11 + RAMP))


@pytest.mark.parametrize("how", ["time", "successes"])
def test_the_ramp_ends(how):
    one = act(breaker(), [*TRIP, (10, OK), (10, OK)])
    later = 11.0 + (RAMP if how == "time" else 0)
    if how == "successes":
        act(one, [(11, OK)] * RAMP_TOP)
    assert REFUSED not in [one.permit(Instant(later)) for _ in range(2 * RAMP_TOP)]
    assert one.in_flight == 0
    assert one.retry_after(Instant(later)) == 0


def test_a_failure_in_the_ramp_halves_it():
    one = act(breaker(), [*TRIP, (10, OK), (10, OK), (11, OK), (11, OK), (11, FAIL)])
    assert [one.permit(Instant(11)) for _ in range(4)].count(REFUSED) == 1


def test_one_that_opens_again_soon_had_not_recovered():
    one = act(breaker(), [*TRIP, (10, OK), (10, OK), *[(12, FAIL)] * 4])
    assert (one.state, one.until) == (OPEN, 32)
    one = act(breaker(), [*TRIP, (10, OK), (10, OK), *[(22, FAIL)] * 4])
    assert (one.state, one.until) == (OPEN, 32)


def test_the_open_time_varies_a_little_and_is_never_longer():
    one = act(Breaker(SETTINGS, chance=lambda: 1.0), TRIP)
    assert one.until == pytest.approx(10 * (1 - JITTER))


@pytest.mark.parametrize(
    ("rule", "attempts", "now", "seconds"),
    [
        ("closed", [(0, OK)], 0, 0),
        ("open", TRIP, 3, 7),
        ("open, and nobody has probed yet", TRIP, 11, 0),
        ("half-open with a place", [*TRIP, (10, OK)], 10, 0),
    ],
)
def test_retry_after(rule, attempts, now, seconds):
    assert act(breaker(), attempts).retry_after(Instant(now)) == seconds


def test_by_hand():
    one = breaker()
    one.force(OPEN, Instant(0))
    act(one, [(10**9, None)])
    assert one.until == NEVER
    assert one.retry_after(Instant(1)) == SETTINGS.open_for
    one.force(CLOSED, Instant(0))
    act(one, [(0, FAIL)] * 100)
    assert (one.state, one.forced) == (CLOSED, CLOSED)
    one.force(None, Instant(0))
    act(one, TRIP)
    assert (one.state, one.forced, one.until) == (OPEN, None, 10)


def test_who_listens_is_told_of_every_change_and_why():
    told = []
    one = breaker(changed=lambda one: told.append((one.state, one.reason)))
    act(one, [*TRIP, (10, FAIL), (30, OK), (30, OK)])
    one.force(OPEN, Instant(31))
    assert told == [
        (OPEN, Reason.FAILURE_RATE),
        (HALF, Reason.COOLED),
        (OPEN, Reason.RELAPSED),
        (HALF, Reason.COOLED),
        (CLOSED, Reason.RECOVERED),
        (OPEN, Reason.MANUAL),
    ]


def test_following_another_worker():
    told = []
    one = breaker(changed=lambda one: told.append((one.state, one.reason)))
    one.follow(CLOSED, Instant(0), 0, Instant(0))
    assert told == []
    one.follow(OPEN, Instant(7), 2, Instant(0))
    act(one, [(6, None)])
    one.follow(HALF, Instant(9), 2, Instant(7))
    act(one, [(8, None)])
    one.follow(CLOSED, Instant(0), 2, Instant(9))
    assert told == [(OPEN, Reason.SHARED), (CLOSED, Reason.SHARED)]


def test_only_who_may_probe_does():
    may = False
    one = act(breaker(claim=lambda now: may), TRIP)
    act(one, [(10, None), (100, None)])
    may = True
    act(one, [(100, OK)])
    assert one.state is HALF


def test_who_is_told_of_a_probe_may_know_that_it_is_held_open():
    def held(change):
        if change.reason is Reason.COOLED:
            one.force(OPEN, change.at)

    one = act(breaker(changed=held), TRIP)
    assert one.permit(Instant(10)) == REFUSED
    assert one.state is OPEN


def test_what_the_window_holds():
    one = act(breaker(), [(0, OK), (0, FAIL)])
    act(one, [(1, OK)], took=3.0)
    assert one.counts(Instant(1)) == (3, 1, 1)
    assert one.counts(Instant(100)) == (0, 0, 0)


MOVES = st.tuples(st.floats(0, 9), st.sampled_from([None, *Outcome]), st.integers(0, 5))


@given(st.lists(MOVES, max_size=120))
def test_no_more_probes_at_once_than_allowed_and_no_permit_is_lost(moves):
    one, held, now = breaker(), [], 0.0
    for pause, outcome, which in moves:
        now += pause
        if outcome is None:
            permit = one.permit(Instant(now))
            if permit:
                held.append(permit)
        elif held:
            permit = held.pop(which % len(held))
            one.record(permit, outcome, 0.1, Instant(now))
        probing = [permit for permit in held if permit == one._generation]
        if one.state is HALF:
            assert len(probing) == one.in_flight <= SETTINGS.probes
    for permit in held:
        one.record(permit, NOTHING, 0.1, Instant(now))
    assert one.in_flight == 0
    assert one.until <= now + SETTINGS.max_open
