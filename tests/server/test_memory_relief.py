"""What a worker does as its memory fills."""

import pytest

from sidecar.policy.pressure import Level, Pressure
from sidecar.server.memory_relief import ASKS, ENTRIES, SHARE, TRIMS, MemoryRelief, trim
from sidecar.storage.memory import Memory
from sidecar.units import Instant
from tests.server.wire import entrance
from tests.storage.entries import stored


class Scene:
    def __init__(self, entries=0):
        self.share = 0.5
        self.diary = []
        self.pressure = Pressure()
        self.memory = Memory(1 << 30)
        for number in range(entries):
            self.memory.put(b"%d" % number, stored())
        self.entrance = entrance()
        self.relief = MemoryRelief(
            lambda: self.share,
            self.pressure,
            self.memory,
            self.entrance,
            trim=lambda: self.diary.append("trim"),
        )
        self.relief.replace = lambda: self.diary.append("replace")
        self.relief.forget = lambda: self.diary.append("forget")

    def tick(self, share, now=100.0):
        """What was done, and what stays so."""
        self.share = share
        self.diary.clear()
        self.relief.tick(Instant(now))
        connections = self.entrance.connections
        flags = {
            "stores": self.memory.takes,
            "refuses": connections.scarce,
            "closes": self.entrance.draining,
        }
        return [*self.diary, *(name for name, is_so in flags.items() if is_so)]


@pytest.mark.parametrize(
    ("rule", "share", "expected"),
    [
        ("all is well", 0.5, ["stores"]),
        ("near", 0.88, ["forget", "trim", "stores"]),
        ("nearer", 0.92, ["forget", "trim"]),
        ("another takes over", 0.95, ["forget", "trim", "replace"]),
        (
            "nobody may come in",
            0.98,
            ["forget", "trim", "replace", "refuses", "closes"],
        ),
    ],
)
def test_step_by_step(rule, share, expected):
    assert Scene().tick(share) == expected, rule


def test_all_of_it_ends():
    scene = Scene()
    scene.tick(1.1)
    assert scene.tick(0.5) == ["stores"]


def test_a_worker_that_leaves_goes_on_closing():
    scene = Scene()
    scene.entrance.leave()
    scene.tick(1.1)
    assert scene.tick(0.5) == ["stores", "closes"]


def test_it_is_not_asked_and_not_trimmed_in_each_tick():
    scene = Scene()
    scene.tick(0.96, 100.0)
    assert scene.tick(0.96, 100.0 + TRIMS / 2) == ["forget"]
    assert scene.tick(0.96, 100.0 + TRIMS) == ["forget", "trim"]
    assert scene.tick(0.96, 100.0 + ASKS) == ["forget", "trim", "replace"]


def test_evicted_is_a_bounded_part():
    scene = Scene(entries=100)
    (_, before) = scene.memory.counts()
    scene.tick(0.9)
    (left, after) = scene.memory.counts()
    assert 0.96 * before < after <= (1 - SHARE) * before
    assert 97 <= left <= 98
    for _ in range(1000):
        scene.tick(0.9)
    assert scene.memory.counts()[0] <= 1


def test_nobody_is_sent_away_for_what_is_stored():
    scene = Scene(entries=9)
    shares = iter([0.99, 0.93])
    scene.relief = MemoryRelief(
        lambda: next(shares),
        scene.pressure,
        scene.memory,
        scene.entrance,
        trim=lambda: scene.diary.append("trim"),
    )
    assert scene.tick(None) == ["trim", "trim"]
    assert scene.memory.counts()[0] == 0


def test_many_small_entries_do_not_hold_up_the_loop():
    scene = Scene(entries=ENTRIES * 60)
    scene.tick(0.9)
    assert scene.memory.counts()[0] == ENTRIES * 59


def test_whoever_gives_way_is_told():
    scene = Scene()
    scene.tick(0.99)
    assert scene.pressure.level is Level.QUEUES


def test_the_allocator_can_be_told():
    trim()
