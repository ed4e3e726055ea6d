"""One store out of several, with doubles below memory that write a diary."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sidecar.policy.lifetimes import Lifetimes
from sidecar.storage.entry import Stored, Variants
from sidecar.storage.envelope import Opened
from sidecar.storage.epochs import Epochs
from sidecar.storage.memory import Memory
from sidecar.storage.store import Purge
from sidecar.storage.tiers import Tiers
from sidecar.units import Instant, Timestamp
from tests.storage.entries import NOW, WALL, stored


@dataclass
class Time:
    past: float = 0.0

    def now(self) -> Instant:
        return Instant(NOW + self.past)

    def wall(self) -> Timestamp:
        return Timestamp(WALL + self.past)


def copied(entry):
    """What a tier gives back: the persisted part of what it was given."""
    if isinstance(entry, Variants):
        return Variants(entry.url, entry.names, entry.keys, entry.until)
    return Stored(
        url=entry.url,
        status=entry.status,
        lines=entry.lines,
        body=entry.body,
        generated=entry.generated,
        received=entry.received,
        lifetimes=entry.lifetimes,
        tags=entry.tags,
        owner=entry.owner,
        codings=dict(entry.codings),
    )


@dataclass
class Shelf:
    held: dict[bytes, Opened] = field(default_factory=dict)
    diary: list[tuple[str, bytes]] = field(default_factory=list)

    def get(self, key):
        self.diary.append(("get", key))
        return self.held.get(key)

    def put(self, key, entry, mark):
        self.diary.append(("put", key))
        self.held[key] = Opened(copied(entry), mark)
        return True

    def remove(self, key):
        self.held.pop(key, None)

    def counts(self):
        return len(self.held), 0

    def after_writes(self, then):
        self.diary.append(("after", b""))
        then()


@dataclass
class Pods:
    mark: int = 1
    patience: float = 0.05
    there: bool = True
    held: dict[bytes, Opened] = field(default_factory=dict)
    cuts: list = field(default_factory=list)
    puts: int = 0

    async def get(self, key):
        found = self.held.get(key)
        return found and Opened(copied(found.entry), found.mark)

    def put(self, key, entry, mark, wall):
        self.puts += 1
        self.held[key] = Opened(copied(entry), 0)

    def remove(self, key):
        self.held.pop(key, None)

    def publish(self, cut):
        self.cuts.append(cut)

    async def told(self):
        return self.there


def tiers(epochs=None, time=None, **below):
    return Tiers(
        Memory(1 << 20), epochs or Epochs.of_one_process(WALL), time or Time(), **below
    )


async def test_without_anything_below():
    store = tiers()
    store.put(b"k", entry := stored())
    assert store.get(b"k") is entry
    assert (store.remote, store.patience) == (False, None)
    assert await store.fetch(b"k") is None
    store.remove(b"k")
    assert store.get(b"k") is None
    assert (store.hits, store.misses) == (1, 1)


async def test_what_is_below_rises():
    epochs, disk, pods = Epochs.of_one_process(WALL), Shelf(), Pods()
    one = tiers(epochs, disk=disk, remote=pods)
    assert (one.remote, one.patience) == (True, 0.05)
    one.put(b"k", stored(tags=(b"t",), owner=b"me"))
    another = tiers(epochs, disk=disk)
    found = another.get(b"k")
    assert (found.body, found.owner, found.born) == (stored().body, b"me", NOW)
    assert another.get(b"k") is found
    assert disk.diary.count(("get", b"k")) == 1
    shelf = Shelf()
    pod = tiers(disk=shelf, remote=pods)
    assert pod.get(b"k") is None
    found = await pod.fetch(b"k")
    assert pod.get(b"k") is found
    assert shelf.held.keys() == {b"k"}
    assert await pod.fetch(b"unknown") is None


async def test_what_another_worker_made_fresh():
    epochs, disk, time = Epochs.of_one_process(WALL), Shelf(), Time()
    one, other = (tiers(epochs, time, disk=disk) for _ in range(2))
    one.put(b"k", stored(body=b"old"))
    assert other.get(b"k").body == b"old"
    time.past = 30.0
    received = time.wall()
    one.put(b"k", stored(body=b"new", generated=received, received=received))
    assert other.get(b"k").body == b"old"
    assert other.beneath(b"nothing") is None
    assert other.beneath(b"k").body == b"new"
    assert other.get(b"k").body == b"new"


async def test_what_is_as_fresh_stays_what_it_is():
    disk = Shelf()
    store = tiers(disk=disk)
    store.put(b"k", entry := stored())
    assert store.beneath(b"k").body == entry.body
    assert store.get(b"k") is entry


def test_markers():
    disk = Shelf()
    store = tiers(disk=disk)
    store.put(b"v", Variants(b"u", (b"accept",), (b"1",), Timestamp(WALL + 9)))
    assert store.get(b"v").keys == (b"1",)
    assert disk.held.keys() == {b"v"}


@pytest.mark.parametrize(
    ("rule", "entry", "past", "there"),
    [
        ("fresh", stored(), 59, True),
        ("stale is the caller's to judge", stored(), 89, True),
        ("past all use", stored(), 90, False),
        (
            "kept to be validated",
            stored(lifetimes=Lifetimes(fresh=1, keep=99)),
            99,
            True,
        ),
        ("variants", Variants(b"u", (), (), Timestamp(WALL + 9)), 8, True),
        ("old variants", Variants(b"u", (), (), Timestamp(WALL + 9)), 9, False),
    ],
)
def test_lifetime(rule, entry, past, there):
    time, disk, epochs = Time(), Shelf(), Epochs.of_one_process(WALL)
    store = tiers(epochs, time, disk=disk)
    store.put(b"k", entry)
    time.past = past
    assert (store.get(b"k") is not None) == there, rule
    assert (tiers(epochs, time, disk=disk).get(b"k") is not None) == there, rule


PURGES = [
    Purge(everything=True),
    Purge(urls=(b"http://a/x",)),
    Purge(tags=(b"t",)),
    Purge(patterns=(b"/*",)),
]


@pytest.mark.parametrize("purge", PURGES)
def test_a_purge_reaches_every_worker_and_the_disk(purge):
    epochs, disk = Epochs.of_one_process(WALL), Shelf()
    one, other = tiers(epochs, disk=disk), tiers(epochs, disk=disk)
    one.put(b"k", stored(tags=(b"t",)))
    one.put(b"l", stored(b"http://a/y/z", tags=(b"s",)))
    assert other.get(b"k")
    assert other.get(b"l")
    one.purge(purge)
    late = tiers(epochs, disk=disk)
    for store in (one, other, late):
        assert store.get(b"k") is None
        assert (store.get(b"l") is None) == purge.everything


@pytest.mark.parametrize("purge", PURGES)
def test_a_soft_purge_makes_stale(purge):
    soft = replace(purge, soft=True)
    epochs, disk, time = Epochs.of_one_process(WALL), Shelf(), Time()
    one, other = tiers(epochs, time, disk=disk), tiers(epochs, time, disk=disk)
    one.put(b"k", stored(tags=(b"t",)))
    other.get(b"k")
    time.past = 10
    one.purge(soft)
    time.past = 15
    late = tiers(epochs, time, disk=disk)
    for store in (one, other, late):
        assert store.get(b"k").fresh_until == pytest.approx(NOW + 10)
    # Another coding is stored: nothing makes it fresh again.
    entry = one.get(b"k")
    entry.codings[b"gzip"] = b"z"
    one.put(b"k", entry)
    for store in (one, tiers(epochs, time, disk=disk)):
        assert store.get(b"k").fresh_until == pytest.approx(NOW + 10)


@pytest.mark.parametrize("soft", [True, False])
def test_what_was_fetched_before_a_purge_is_not_stored_as_new(soft):
    store = tiers(disk=(disk := Shelf()))
    mark = store.mark()
    store.purge(Purge(tags=(b"t",), soft=soft))
    store.put(b"k", stored(tags=(b"t",), mark=mark))
    assert (store.get(b"k") is None) == (not soft)
    assert (b"k" in disk.held) == soft
    if soft:
        assert store.get(b"k").fresh_until <= NOW
    store.put(b"l", stored(tags=(b"t",), mark=store.mark()))
    assert store.get(b"l").fresh_until == NOW + 60


def test_validated_before_a_purge_is_no_better():
    time = Time()
    store = tiers(time=time)
    store.put(b"k", entry := stored())
    mark = store.mark()
    time.past = 5
    store.purge(Purge(everything=True, soft=True))
    assert store.get(b"k").fresh_until == pytest.approx(NOW + 5)
    entry.settle(time.wall(), time.now())
    entry.mark = mark
    store.put(b"k", entry)
    assert store.get(b"k").fresh_until == pytest.approx(NOW + 5)


async def test_a_purge_tells_which_tiers_it_reached():
    pods = Pods()
    store = tiers(disk=Shelf(), remote=pods)
    purge = Purge(tags=(b"t",))
    assert await store.purge_all(purge) == {"memory": True, "disk": True, "redis": True}
    pods.there = False
    assert (await store.purge_all(purge))["redis"] is False
    assert await tiers().purge_all(purge) == {"memory": True}
    store.purge(purge)
    assert len(pods.cuts) == 3
    assert store.counts["redis", "purge", "error"] == 1


async def test_what_was_softly_purged_in_all_pods():
    pods = Pods()
    store = tiers(disk=(disk := Shelf()), remote=pods)
    pods.held[b"k"] = Opened(stored(), int((WALL - 3) * 1e6))
    assert (await store.fetch(b"k")).fresh_until == pytest.approx(NOW - 3)
    assert store.get(b"k").fresh_until == pytest.approx(NOW - 3)
    assert not disk.held, "where nobody would know"


async def test_what_was_softly_purged_stays_stale_when_it_is_put_again():
    pods = Pods()
    store = tiers(remote=pods)
    pods.held[b"k"] = Opened(stored(), int((WALL - 3) * 1e6))
    entry = await store.fetch(b"k")
    entry.codings[b"gzip"] = b"x"
    store.put(b"k", entry)
    again = await tiers(remote=pods).fetch(b"k")
    assert pods.puts == 1
    assert again.fresh_until <= NOW


async def test_purged_while_the_pods_were_asked():
    class Slow(Pods):
        async def get(self, key):
            store.purge(Purge(tags=(b"t",)))
            return await super().get(key)

    store = tiers(remote=(pods := Slow()))
    pods.held[b"k"] = Opened(stored(tags=(b"t",)), 0)
    assert await store.fetch(b"k") is None
    assert store.get(b"k") is None


def test_written_again_only_when_it_has_another_coding():
    disk, pods = Shelf(), Pods()
    store = tiers(disk=disk, remote=pods)
    entry = stored()
    for _ in range(3):
        store.put(b"k", entry)
    assert (disk.diary, pods.puts) == ([("put", b"k")], 1)
    entry.codings[b"br"] = b"b"
    store.put(b"k", entry)
    assert (len(disk.diary), pods.puts) == (2, 2)


def test_after_writes():
    called = []
    for disk in (None, Shelf()):
        tiers(disk=disk).after_writes(lambda: called.append(1))
    assert len(called) == 2


def test_what_rose_from_the_disk_is_not_put_to_the_pods():
    """Which of their purges it has seen is not known."""
    epochs, disk, pods = Epochs.of_one_process(WALL), Shelf(), Pods()
    tiers(epochs, disk=disk).put(b"k", stored())
    store = tiers(epochs, disk=disk, remote=pods)
    entry = store.get(b"k")
    entry.codings[b"br"] = b"b"
    store.put(b"k", entry)
    assert pods.puts == 0


KEYS = [b"http://a/x", b"http://a/y"]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["put", "get", "purge", "soft", "begin", "late", "wait"]),
        st.integers(0, 1),
        st.sampled_from(KEYS),
    ),
    max_size=40,
)


@settings(max_examples=150)
@given(STEPS)
def test_two_workers_never_give_out_what_is_purged_or_too_old(steps):
    time, disk, epochs = Time(), Shelf(), Epochs.of_one_process(WALL)
    workers = [tiers(epochs, time, disk=disk) for _ in range(2)]
    purged = dict.fromkeys(KEYS, -1.0)
    softened = dict.fromkeys(KEYS, -1.0)
    begun: dict[tuple[int, bytes], tuple[float, tuple[int, int]]] = {}
    for what, number, key in steps:
        store = workers[number]
        time.past += 0.001
        if what == "put":
            store.put(key, made(key, time.past, time, store.mark()))
        elif what == "begin":
            begun[number, key] = (time.past, store.mark())
        elif what == "late" and (number, key) in begun:
            since, mark = begun.pop((number, key))
            store.put(key, made(key, since, time, mark))
        elif what == "purge":
            store.purge(Purge(urls=(key,)))
            purged[key] = time.past
        elif what == "soft":
            store.purge(Purge(urls=(key,), soft=True))
            softened[key] = time.past
        elif what == "wait":
            time.past += 20
        elif (found := store.get(key)) is not None:
            fetched = float(found.body)
            assert found.url == key
            assert fetched > purged[key]
            assert time.wall() < found.until
            if softened[key] >= fetched:
                assert found.fresh_until <= time.now()


def made(key, fetched, time, mark):
    """A response whose fetch began at `fetched`."""
    entry = stored(key, body=b"%r" % fetched, generated=time.wall(), mark=mark)
    entry.settle(time.wall(), time.now())
    return entry


@pytest.mark.parametrize(
    ("rule", "purge", "past", "current"),
    [
        ("nothing happened", None, 0, True),
        ("another went", Purge(urls=(KEYS[1],)), 1, True),
        ("it went", Purge(urls=(KEYS[0],)), 1, False),
        ("it is to be asked for", Purge(urls=(KEYS[0],), soft=True), 1, False),
        ("it is stale by itself", None, 3600, False),
    ],
)
def test_what_is_on_its_way_is_current(rule, purge, past, current):
    time = Time()
    store = tiers(time=time)
    entry = made(KEYS[0], 0.0, time, store.mark())
    time.past += past
    if purge is not None:
        store.purge(purge)
    assert store.is_current(entry) is current, rule
