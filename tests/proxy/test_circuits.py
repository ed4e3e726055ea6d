"""Several workers and one breaker: what one finds, all do."""

import pytest

from sidecar.policy.breaker import REFUSED
from sidecar.policy.circuit import Outcome, Reason, State
from sidecar.policy.tripping import Settings
from sidecar.proxy.circuits import LEASE, Circuits
from sidecar.storage.ledger import Ledger
from sidecar.units import Instant

CLOSED, HALF, OPEN = State.CLOSED, State.HALF_OPEN, State.OPEN
SETTINGS = Settings(min_requests=2, open_for=10.0, max_open=60.0, probes=2)


class Worker:
    def __init__(self, house):
        self.house = house
        self.told: list[tuple[State, Reason]] = []
        self.circuits = Circuits(
            clock=lambda: Instant(house.now),
            chance=lambda: 0.0,
            watcher=self,
            shared=house.ledger,
        )
        self.wire(app=SETTINGS)

    def wire(self, **settings):
        wiring = self.circuits.wiring()
        for name, one in settings.items():
            wiring.breaker(name, one)
        self.circuits.use(wiring)

    @property
    def breaker(self):
        return self.circuits.get("app")

    def changed(self, name, change):
        self.told.append((change.state, change.reason))

    def permit(self):
        return self.breaker.permit(Instant(self.house.now))

    def attempt(self, outcome):
        permit = self.permit()
        assert permit != REFUSED
        self.breaker.record(permit, outcome, 0.1, Instant(self.house.now))


class House:
    """Workers of one host."""

    def __init__(self, workers, ledger):
        self.now = 100.0
        self.ledger = ledger
        self.workers = [Worker(self) for _ in range(workers)]

    def at(self, now, *alive):
        self.now = now
        for worker in alive or self.workers:
            worker.circuits.tick(Instant(now))

    @property
    def states(self):
        return [worker.breaker.state for worker in self.workers]


@pytest.fixture
def house(tmp_path):
    ledger = Ledger(tmp_path)
    yield House(3, ledger)
    ledger.close()


def trip(worker):
    for _ in range(2):
        worker.attempt(Outcome.FAILURE)


def cooled(house):
    """Open for all, and due to be probed."""
    trip(house.workers[0])
    house.at(100.1)
    house.at(110.0)


def test_what_one_finds_all_follow(house):
    trip(house.workers[0])
    assert house.states == [OPEN, CLOSED, CLOSED]
    house.at(100.1)
    assert house.states == [OPEN] * 3
    assert [worker.breaker.until for worker in house.workers] == [110.0] * 3
    assert house.workers[1].told == [(OPEN, Reason.SHARED)]


def test_only_one_probes_and_all_have_its_word(house):
    cooled(house)
    permits = [[worker.permit() for _ in range(5)] for worker in house.workers]
    passed = [sum(permit != REFUSED for permit in tried) for tried in permits]
    assert sorted(passed) == [0, 0, 2]
    prober = house.workers[passed.index(2)]
    house.at(110.1)
    assert house.states.count(HALF) == 1
    for permit in permits[passed.index(2)][:2]:
        prober.breaker.record(permit, Outcome.SUCCESS, 0.1, Instant(110.2))
    house.at(110.3)
    assert house.states == [CLOSED] * 3


def test_a_probe_that_lasts_keeps_the_others_out(house):
    cooled(house)
    assert house.workers[1].permit()
    for n in range(100):
        house.at(110.0 + n * 0.1)
        assert house.workers[0].permit() == house.workers[2].permit() == REFUSED


def test_where_the_prober_dies_another_probes(house):
    cooled(house)
    assert house.workers[1].permit()
    alive = house.workers[0], house.workers[2]
    house.at(110.0 + LEASE / 2, *alive)
    assert alive[0].permit() == REFUSED
    house.at(110.1 + LEASE, *alive)
    assert [bool(worker.permit()) for worker in alive] == [True, False]


def test_a_prober_that_nobody_asks_gives_way(house):
    cooled(house)
    busy, idle, _ = house.workers
    idle.attempt(Outcome.SUCCESS)
    for n in range(10):
        house.at(110.0 + n * LEASE / 10)
        assert busy.permit() == REFUSED
    house.at(110.1 + LEASE)
    assert busy.permit()
    assert idle.permit() == REFUSED
    house.at(110.2 + LEASE)
    assert house.states == [HALF, OPEN, OPEN]


def test_who_is_asked_before_it_hears_of_the_recovery_does_not_probe(house):
    cooled(house)
    prober, late, _ = house.workers
    prober.attempt(Outcome.SUCCESS)
    prober.attempt(Outcome.SUCCESS)
    assert house.states == [CLOSED, OPEN, OPEN]
    assert late.permit()
    assert house.states == [CLOSED, CLOSED, OPEN]
    house.at(110.1)
    assert house.states == [CLOSED] * 3


def test_a_renewal_does_not_undo_a_recovery(house):
    """The prober was thought dead: two probe, and one of them recovers."""
    cooled(house)
    slow, other, _ = house.workers
    permits = [slow.permit(), slow.permit()]
    house.at(110.1 + LEASE, other)
    assert other.permit()
    for permit in permits:
        slow.breaker.record(permit, Outcome.SUCCESS, 0.1, Instant(house.now))
    house.at(110.2 + LEASE, other)
    assert other.breaker.state is CLOSED
    house.at(110.3 + LEASE)
    assert house.states == [CLOSED] * 3


def test_who_was_thought_dead_does_not_undo_the_recovery(house):
    """Its own loop stood still: what it then finds late says nothing."""
    cooled(house)
    slow, other, _ = house.workers
    permit = slow.permit()
    house.at(110.1 + LEASE, other)
    other.attempt(Outcome.SUCCESS)
    other.attempt(Outcome.SUCCESS)
    slow.breaker.record(permit, Outcome.FAILURE, 5.0, Instant(house.now))
    assert slow.breaker.state is CLOSED
    house.at(110.2 + LEASE)
    assert house.states == [CLOSED] * 3


def test_who_was_thought_dead_does_not_break_off_anothers_probes(house):
    cooled(house)
    slow, other, _ = house.workers
    permit = slow.permit()
    house.at(110.1 + LEASE, other)
    probe = other.permit()
    slow.breaker.record(permit, Outcome.FAILURE, 5.0, Instant(house.now))
    house.at(110.2 + LEASE)
    assert house.states == [OPEN, HALF, OPEN]
    other.breaker.record(probe, Outcome.SUCCESS, 0.1, Instant(house.now))
    other.attempt(Outcome.SUCCESS)
    house.at(110.3 + LEASE)
    assert house.states == [CLOSED] * 3


@pytest.mark.parametrize("state", [OPEN, CLOSED])
def test_who_has_not_heard_that_it_is_held_does_not_release_it(house, state):
    operator, late, _ = house.workers
    operator.circuits.force("app", state)
    trip(late)
    assert late.breaker.forced is state
    house.at(100.1)
    assert [worker.breaker.forced for worker in house.workers] == [state] * 3
    assert house.states == [state] * 3


def test_who_stood_still_does_not_probe_what_is_held_open(house):
    trip(house.workers[0])
    house.at(100.1)
    house.workers[0].circuits.force("app", OPEN)
    house.now = 200.0
    assert house.workers[1].permit() == REFUSED
    house.at(200.1)
    assert [worker.breaker.forced for worker in house.workers] == [OPEN] * 3


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("state", [OPEN, CLOSED])
def test_what_is_held_is_held_under_other_settings_too(house, state, alone):
    if alone:
        house = House(1, None)
    house.workers[-1].circuits.force("app", state)
    house.at(100.1)
    for worker in house.workers:
        worker.wire(app=Settings())
    house.at(100.2)
    assert {worker.breaker.forced for worker in house.workers} == {state}
    house.workers[-1].circuits.force("app", None)
    house.at(100.3)
    assert {worker.breaker.forced for worker in house.workers} == {None}


def test_other_settings_mean_the_same_to_who_opened_it(house):
    trip(house.workers[0])
    house.at(100.1)
    for worker in house.workers:
        worker.wire(app=Settings())
    assert house.states == [OPEN] * 3


def test_a_prober_that_is_asked_seldom_goes_on(house):
    cooled(house)
    house.workers[1].attempt(Outcome.SUCCESS)
    house.at(110.0 + 5 * LEASE)
    house.workers[1].attempt(Outcome.SUCCESS)
    house.at(110.1 + 5 * LEASE)
    assert house.states == [CLOSED] * 3


def test_by_hand_while_another_probes(house):
    cooled(house)
    assert house.workers[1].permit()
    house.workers[0].circuits.force("app", OPEN)
    house.at(110.1, house.workers[1], *house.workers)
    assert house.states == [OPEN] * 3
    assert [worker.breaker.forced for worker in house.workers] == [OPEN] * 3


def test_a_relapse_is_shared_with_its_length(house):
    cooled(house)
    house.workers[1].attempt(Outcome.FAILURE)
    house.at(110.1)
    assert {worker.breaker.until for worker in house.workers} == {130.0}
    house.at(130.0)
    house.workers[2].attempt(Outcome.FAILURE)
    assert house.workers[2].breaker.until == 170.0


def test_a_worker_that_comes_later_knows_at_once(house):
    trip(house.workers[0])
    assert Worker(house).breaker.state is OPEN


def test_by_hand_for_all(house):
    assert house.workers[0].circuits.force("app", OPEN)
    house.at(100.1)
    house.at(10_000.0)
    assert house.states == [OPEN] * 3
    assert [worker.permit() for worker in house.workers] == [REFUSED] * 3
    house.workers[1].circuits.force("app", CLOSED)
    house.at(10_000.1)
    assert house.states == [CLOSED] * 3
    for worker in house.workers:
        trip(worker)
    assert house.states == [CLOSED] * 3
    house.workers[2].circuits.force("app", None)
    house.at(10_000.2)
    trip(house.workers[0])
    house.at(10_000.3)
    assert house.states == [OPEN] * 3


def test_what_is_not_there_cannot_be_held(house):
    assert not house.workers[0].circuits.force("other", OPEN)


def test_ticks_without_news_say_nothing(house):
    house.at(100.1)
    before = house.ledger.epoch(b"breakers")
    for n in range(10):
        house.at(100.2 + n)
    assert house.ledger.epoch(b"breakers") == before


def test_alone():
    house = House(1, None)
    (worker,) = house.workers
    trip(worker)
    house.at(109.0)
    assert worker.permit() == REFUSED
    house.at(110.0)
    assert worker.permit()
    worker.circuits.force("app", OPEN)
    assert worker.permit() == REFUSED


def test_other_settings_make_another(house):
    worker = house.workers[0]
    first = worker.breaker
    worker.wire(app=SETTINGS, more=SETTINGS)
    assert worker.breaker is first
    worker.wire(app=Settings())
    assert worker.breaker is not first
    assert [name for name, _ in worker.circuits] == ["app"]


def test_what_is_made_ready_changes_nothing_yet(house):
    worker = house.workers[0]
    first = worker.breaker
    wiring = worker.circuits.wiring()
    assert wiring.breaker("app", Settings()) is wiring.breaker("app", Settings())
    wiring.breaker("more", SETTINGS)
    assert [one for _, one in worker.circuits] == [first]
    trip(worker)
    house.at(100.1)
    assert house.states == [OPEN] * 3


def test_one_that_was_replaced_speaks_for_nobody(house):
    worker = house.workers[0]
    first, now = worker.breaker, Instant(house.now)
    worker.wire(app=Settings())
    first.force(OPEN, now)
    house.at(100.1)
    assert house.states == [CLOSED] * 3
    assert worker.told == []


def test_another_one_begins_with_what_is_known(house):
    trip(house.workers[0])
    house.at(100.1)
    for worker in house.workers[1:]:
        worker.wire(app=Settings())
    assert house.states == [OPEN] * 3


def test_rubbish_in_the_store_harms_nobody(house):
    house.ledger.put(b"breaker\0app", b"rubbish", Instant(100.0))
    house.ledger.advance(b"breakers")
    house.at(100.1)
    trip(house.workers[0])
    house.at(100.2)
    assert house.states == [OPEN] * 3
