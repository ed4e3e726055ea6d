"""Tiers: one store out of several, each larger, slower and shared by more.

    memory  one worker   ──▶  disk  one host   ──▶  remote  all pods

What is found below is put into those above. Purges are applied on the way up: an
entry is given out with the knowledge of all of them, or not at all.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Protocol

from sidecar.storage.entry import Entry, Mark, Stored
from sidecar.storage.envelope import Opened
from sidecar.storage.epochs import Epochs, when
from sidecar.storage.labels import cut
from sidecar.storage.memory import Memory
from sidecar.storage.remote import Remote
from sidecar.storage.store import Purge
from sidecar.units import Bytes, Instant, Seconds, Timestamp

Counts = Counter[tuple[str, str, str]]
"""By tier, operation and result: `sidecar_cache_tier_operations_total`."""
Reached = Mapping[str, bool]
"""By tier: whether a purge is in effect there."""


class Clock(Protocol):
    """As `proxy.clock` has it."""

    def now(self) -> Instant: ...
    def wall(self) -> Timestamp: ...


class Shelf(Protocol):
    """The disk tier, as `storage.disk` has it."""

    def get(self, key: bytes) -> Opened | None: ...
    def put(self, key: bytes, entry: Entry, mark: int) -> bool: ...
    def remove(self, key: bytes) -> None: ...
    def counts(self) -> tuple[int, Bytes]: ...
    def after_writes(self, then: Callable[[], None]) -> None: ...


class Tiers:
    """A `storage.store.Store`; `disk` and `remote` are None where there is none."""

    def __init__(
        self,
        memory: Memory,
        epochs: Epochs,
        clock: Clock,
        *,
        disk: Shelf | None = None,
        remote: Remote | None = None,
    ) -> None:
        self.memory = memory
        self.disk = disk
        self.counts: Counts = Counter()
        self._epochs = epochs
        self._now = clock.now
        self._wall = clock.wall
        self._remote = remote
        self.hits = self.misses = 0  # of memory

    @property
    def remote(self) -> bool:
        return self._remote is not None

    @property
    def patience(self) -> Seconds | None:
        return None if self._remote is None else self._remote.patience

    def mark(self) -> Mark:
        remote = self._remote
        return self._epochs.sequence, remote.mark if remote else 0

    def get(self, key: bytes) -> Entry | None:
        entry = self.memory.get(key)
        if entry is None:
            self.misses += 1
            return self._from_disk(key)
        if type(entry) is Stored:
            now = self._now()
            if now < entry.gone_from and (
                entry.checked == self._epochs.sequence
                or self._survives(entry, entry.checked, now)
            ):
                self.hits += 1
                if not entry.hits:
                    self.memory.use(key, entry)
                return entry
        elif self._wall() < entry.until:
            self.hits += 1
            return entry
        self.misses += 1
        self.memory.remove(key)
        return self._from_disk(key)

    def beneath(self, key: bytes) -> Entry | None:
        return self._from_disk(key)

    def is_current(self, entry: Stored) -> bool:
        now = self._now()
        return self._survives(entry, _marks(entry)[0], now) and now < entry.fresh_until

    async def fetch(self, key: bytes) -> Entry | None:
        if self._remote is None:
            return None
        mark = self._epochs.sequence
        found = await self._remote.get(key)
        entry = None if found is None else self._risen(found.entry, mark)
        self.counts["redis", "get", "miss" if entry is None else "hit"] += 1
        if found is None or entry is None:
            return None
        if isinstance(entry, Stored):
            entry.mark = (mark, self._remote.mark)
            if found.mark:
                self._soften(entry, found.mark, self._now())
                entry.stay_stale()  # its marks are newer than this purge
        if self._rise(key, entry) and not found.mark:
            self._to_disk(key, entry)
        return entry

    def put(self, key: bytes, entry: Entry) -> None:
        if isinstance(entry, Stored):
            if entry.mark is None:
                entry.mark = self.mark()
            if not self._survives(entry, entry.mark[0], self._now()):
                self.remove(key)
                return
        self._count("memory", "set", worked=self.memory.put(key, entry))
        if isinstance(entry, Stored):
            if entry.shared == len(entry.codings):
                return
            entry.shared = len(entry.codings)
        self._to_disk(key, entry)
        mark = _marks(entry)[1]
        # One that came from the disk does not know which purges it has seen there.
        if self._remote is not None and (mark or not isinstance(entry, Stored)):
            self._remote.put(key, entry, mark, self._wall())

    def after_writes(self, then: Callable[[], None]) -> None:
        if self.disk is None:
            then()
        else:
            self.disk.after_writes(then)

    def remove(self, key: bytes) -> None:
        self.memory.remove(key)
        if self.disk is not None:
            self.disk.remove(key)
        if self._remote is not None:
            self._remote.remove(key)

    def purge(self, purge: Purge) -> None:
        command = cut(purge)
        if self._remote is not None:
            self._remote.publish(command)
        self._epochs.purge(command, self._wall())

    async def purge_all(self, purge: Purge) -> Reached:
        """Carry it out in all tiers; whether each was reached."""
        self.purge(purge)
        reached = {"memory": True}
        if self.disk is not None:
            reached["disk"] = True
        if self._remote is not None:
            reached["redis"] = await self._remote.told()
        for tier, worked in reached.items():
            self._count(tier, "purge", worked=worked)
        return reached

    def operations(self) -> Counts:
        """What was done so far."""
        counts = self.counts.copy()
        counts["memory", "get", "hit"] = self.hits
        counts["memory", "get", "miss"] = self.misses
        return counts

    def _from_disk(self, key: bytes) -> Entry | None:
        if self.disk is None:
            return None
        found = self.disk.get(key)
        entry = None if found is None else self._risen(found.entry, found.mark)
        self.counts["disk", "get", "miss" if entry is None else "hit"] += 1
        if entry is not None:
            self._rise(key, entry)
        elif found is not None:
            self.disk.remove(key)
        return entry

    def _rise(self, key: bytes, entry: Entry) -> bool:
        """Put it into memory, if it is fresher than what is there; whether it was."""
        there = self.memory.get(key)
        until = there.fresh_until if isinstance(there, Stored) else Instant(0.0)
        fresher = not isinstance(entry, Stored) or entry.fresh_until > until
        if fresher:
            self.memory.put(key, entry)
        return fresher

    def _risen(self, entry: Entry, mark: int) -> Entry | None:
        """What comes from below, made this process's, if it is still good."""
        wall = self._wall()
        if wall >= entry.until:
            return None
        if isinstance(entry, Stored):
            now = self._now()
            entry.settle(wall, now)
            entry.mark = (mark, 0)
            entry.shared = len(entry.codings)
            if not self._survives(entry, mark, now):
                return None
        return entry

    def _survives(self, entry: Stored, since: int, now: Instant) -> bool:
        """Apply the purges after `since`; whether it may still be used."""
        epochs = self._epochs
        sequence = epochs.sequence
        if since < sequence:
            if entry.slots is None:
                entry.slots = epochs.places(entry)
            purged = epochs.newest(entry, entry.slots, since)
            if purged.hard:
                return False
            if purged.soft:
                self._soften(entry, purged.soft, now)
        entry.checked = sequence
        return True

    def _soften(self, entry: Stored, number: int, now: Instant) -> None:
        """Let it be stale since the purge of this number."""
        since = Instant(now - max(0.0, self._wall() - when(number)))
        entry.fresh_until = min(entry.fresh_until, since)

    def _to_disk(self, key: bytes, entry: Entry) -> None:
        if self.disk is not None:
            worked = self.disk.put(key, entry, _marks(entry)[0])
            self._count("disk", "set", worked=worked)

    def _count(self, tier: str, operation: str, *, worked: bool) -> None:
        self.counts[tier, operation, "ok" if worked else "error"] += 1


def _marks(entry: Entry) -> Mark:
    return (entry.mark if isinstance(entry, Stored) else None) or (0, 0)
