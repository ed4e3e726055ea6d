"""A permit says how its attempt ended, once, and gives back what it took, once."""

import asyncio

import pytest

from sidecar import errors
from sidecar.policy.breaker import REFUSED
from sidecar.policy.failure import Counts
from sidecar.policy.queueing import Shed
from sidecar.policy.refused import CircuitOpen, Overloaded
from sidecar.proxy.permits import Guarded
from sidecar.proxy.places import Taken
from sidecar.units import Instant

COUNTS = Counts.parse(["connect", "timeout", "reset", "500-599"])
TICKET = 7


class Breaker:
    calm = REFUSED

    def __init__(self, diary):
        self.diary = diary
        self.ticket = TICKET
        self.full = False

    def permit(self, now):
        self.diary.append("permit")
        return self.ticket

    def record(self, permit, outcome, took, now):
        self.diary.append(f"record {outcome.name.lower()} {took:g}")

    def correct(self, permit, now):
        self.diary.append("correct")

    def retry_after(self, now):
        return 9.0

    def is_full(self, now):
        return self.full

    def refuses(self, now):
        return self.ticket == REFUSED


class Room:
    def __init__(self, diary, name, taken=Taken.YES):
        self.diary, self.name, self.taken = diary, name, taken
        self.ends: Overloaded | None = None

    def take(self):
        if self.taken is not Taken.NOT:
            self.diary.append(f"take {self.name}")
        return self.taken

    is_free = learns = True

    def refusal(self, due, priority):
        return self.ends

    async def wait(self, due, priority):
        await asyncio.sleep(0)
        if self.ends is not None:
            raise self.ends
        self.diary.append(f"wait {self.name}")

    def release(self):
        self.diary.append(f"release {self.name}")

    def sample(self, took):
        self.diary.append(f"sample {self.name} {took:g}")


class Scene:
    def __init__(self):
        self.diary: list[str] = []
        self.breaker = Breaker(self.diary)
        self.rooms = Room(self.diary, "a"), Room(self.diary, "b")
        self.now = 10.0
        self.permits = Guarded(
            self.breaker, COUNTS, self, lambda: Instant(self.now), self.rooms
        )

    def count(self, reason):
        self.diary.append(f"count {reason}")

    def permit(self):
        permit = self.permits.take(Instant(10))
        assert permit is not None
        self.diary.clear()
        return permit


ENDS = ["release a", "release b"]
GOOD = ["record success 2", "sample a 2", "sample b 2"]


@pytest.mark.parametrize(
    ("rule", "steps", "diary"),
    [
        ("answered, ended", [200, None], [*GOOD, *ENDS]),
        ("only once", [200, 500, None, None, 200], [*GOOD, *ENDS]),
        ("a bad answer", [500, None], ["record failure 2", *ENDS]),
        ("an answer of its own", [404, None], ["record answered 2", *ENDS]),
        ("no answer", [errors.ConnectionRefused()], ["record failure 2", *ENDS]),
        ("given up", [None], ["record neutral 2", *ENDS]),
        ("the client left", [errors.ClientGone(), None], ["record neutral 2", *ENDS]),
        ("it left later", [200, errors.ClientGone()], [*GOOD, *ENDS]),
        (
            "a body broke off",
            [200, errors.ResponseIncomplete()],
            [*GOOD, "correct", *ENDS],
        ),
        (
            "of a bad answer",
            [500, errors.ResponseStalled()],
            ["record failure 2", *ENDS],
        ),
        (
            "failed is failed",
            [errors.ConnectionLost(), errors.ConnectionLost(), 200],
            ["record failure 2", *ENDS],
        ),
        ("a defect of ours", [errors.InternalError()], ["record neutral 2", *ENDS]),
        ("a tunnel is over at once", [101, None], ["record success 2", *ENDS]),
    ],
)
def test_how_it_ends(rule, steps, diary):
    scene = Scene()
    permit = scene.permit()
    for step in steps:
        if step is None:
            permit.end(Instant(12))
        elif isinstance(step, int):
            permit.answered(step, Instant(12))
        else:
            permit.failed(step, Instant(12))
    assert scene.diary == diary


@pytest.mark.parametrize(
    ("rule", "taken", "ticket", "diary"),
    [
        ("all of it", (Taken.YES, Taken.YES), TICKET, ["take a", "take b", "permit"]),
        ("no place", (Taken.NOT, Taken.YES), TICKET, []),
        ("half of it", (Taken.YES, Taken.NOT), TICKET, ["take a", "release a"]),
        (
            "watched",
            (Taken.OBSERVED, Taken.YES),
            TICKET,
            ["take a", "count observed", "take b", "permit"],
        ),
        (
            "open",
            (Taken.YES, Taken.YES),
            REFUSED,
            ["take a", "take b", "permit", *ENDS],
        ),
    ],
)
def test_what_is_taken_at_once(rule, taken, ticket, diary):
    scene = Scene()
    for room, one in zip(scene.rooms, taken, strict=True):
        room.taken = one
    scene.breaker.ticket = ticket
    permit = scene.permits.take(Instant(10))
    assert (permit is not None) == (diary[-1:] == ["permit"])
    assert scene.diary == diary


async def test_waiting_for_places():
    scene = Scene()
    scene.rooms[1].taken = Taken.NOT
    permit = await scene.permits.wait(Instant(20))
    assert scene.diary == ["take a", "wait b", "permit"]
    permit.end(Instant(12))
    assert scene.diary[3:] == ["record neutral 2", *ENDS]


async def test_the_wait_is_not_the_upstreams_time():
    scene = Scene()
    scene.now = 15.0
    permit = await scene.permits.wait(Instant(20))
    permit.answered(200, Instant(16))
    assert "record success 1" in scene.diary


async def test_who_would_have_waited_is_counted_where_it_is_only_watched():
    scene = Scene()
    scene.rooms[0].taken = Taken.OBSERVED
    await scene.permits.wait(Instant(20))
    assert scene.diary == ["take a", "count observed", "take b", "permit"]


async def test_no_place_in_time():
    scene = Scene()
    scene.rooms[1].taken = Taken.NOT
    scene.rooms[1].ends = Overloaded(Shed.TIMEOUT, retry_after=1)
    with pytest.raises(Overloaded):
        await scene.permits.wait(Instant(20))
    assert scene.diary == ["take a", "count queue_timeout", "release a"]


async def test_the_circuit_opened_meanwhile():
    scene = Scene()
    scene.breaker.ticket = REFUSED
    with pytest.raises(CircuitOpen) as refusal:
        await scene.permits.wait(Instant(20))
    assert refusal.value.retry_after == 9.0
    assert scene.diary == ["take a", "take b", "permit", *ENDS, "count circuit_open"]


async def test_the_client_leaves_while_it_waits():
    scene = Scene()
    scene.rooms[1].taken = Taken.NOT
    waits = asyncio.create_task(scene.permits.wait(Instant(20)))
    await asyncio.sleep(0)
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    assert scene.diary == ["take a", "release a"]


def test_what_is_known_without_asking():
    scene = Scene()
    assert scene.permits.refusal(Instant(10)) is None
    scene.breaker.ticket = REFUSED
    refusal = scene.permits.refusal(Instant(10))
    assert refusal is not None
    assert (refusal.retry_after, scene.diary) == (9.0, ["count circuit_open"])


@pytest.mark.parametrize(
    ("rule", "free", "ends", "diary"),
    [
        ("there are places", (True, True), (True, True), None),
        ("all may wait", (False, False), (False, True), []),
        ("the first may not", (False, False), (True, False), ["count queue_full"]),
        ("those behind may not", (True, False), (False, True), ["count queue_full"]),
    ],
)
def test_who_is_sent_away_at_once(rule, free, ends, diary):
    scene = Scene()
    for room, is_free, is_over in zip(scene.rooms, free, ends, strict=True):
        room.is_free = is_free
        room.ends = Overloaded(Shed.FULL, retry_after=1) if is_over else None
    scene.breaker.calm = TICKET
    assert scene.permits.is_open == (diary is None)
    refused = scene.permits.crowded(Instant(20))
    assert (refused is not None) == bool(diary)
    assert scene.diary == (diary or [])
    scene.breaker.calm = REFUSED
    assert not scene.permits.is_open


def test_who_finds_no_probe_left_is_sent_away_at_once():
    scene = Scene()
    scene.breaker.full = True
    refused = scene.permits.crowded(Instant(20))
    assert isinstance(refused, CircuitOpen)
    assert scene.diary == ["count circuit_open"]
    scene.rooms[0].is_free = False  # who waits for a place may find one then
    assert scene.permits.crowded(Instant(20)) is None
