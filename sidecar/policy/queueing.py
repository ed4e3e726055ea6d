"""Queueing: who waits for a place at the upstream, who is next, and who waits in vain.

A short queue evens out bursts, first come, first served. A queue that has left no place
free for `INTERVAL`, but for moments, only makes everybody late: then who has waited
longer than `TARGET` is sent away and the newest are kept (CoDel, adaptive LIFO, as in
"Fail at Scale"); and as long as those who are kept take the next places, whoever comes
is refused on arrival. Classes are served in order; where the queue is full, the newest
of the lowest gives way to a higher one, as long as it is not the last of its class.
Pure: whoever waits is a `Waiter`, and `proxy.places` keeps the time and the deadlines.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Generic, Protocol, TypeVar

from sidecar.units import Instant, Seconds

# CoDel's, as Facebook uses them.
INTERVAL: Seconds = 0.1
TARGET: Seconds = 0.005
# Those that others wait behind are served soon, and may wait for it.
PATIENCE: Seconds = 1.0
# Weight of the newest in the time between two places that become free.
SMOOTHING = 0.1
# What is told to come again is not sent away for longer than this.
LONGEST: Seconds = 30.0


class Priority(IntEnum):
    """In this order; a lower class waits until no higher one does."""

    HIGH = 0
    NORMAL = 1
    LOW = 2


class Shed(StrEnum):
    """Why somebody is not let in."""

    FULL = "queue_full"
    PRESSURE = "pressure"
    """Nobody may wait at present, for this process itself is late or out of memory."""
    LATE = "queue_deadline"
    """The place would have come after the deadline."""
    TIMEOUT = "queue_timeout"
    OVERLOAD = "overload"
    """Too many wait for too long."""


class Waiter(Protocol):
    priority: Priority
    joined: Instant
    due: Instant


One = TypeVar("One", bound=Waiter)


@dataclass(frozen=True, slots=True)
class Settings:
    """`sheds`: whether a standing queue is an overload, or only a long one."""

    size: int = 100
    timeout: Seconds = 5.0
    sheds: bool = True


class Queue(Generic[One]):
    """Those who wait. Nobody is told here; whoever leaves is returned."""

    __slots__ = (
        "_classes",
        "_freed",
        "_gap",
        "_settings",
        "_standing",
        "count",
        "idle_since",
        "kept",
    )

    def __init__(self, settings: Settings) -> None:
        self.kept = 1
        """Of each class, even when overloaded: places that become free together are
        not wasted, and no class drives out another. They are served in order: they
        are as many as the next places, so that nobody of them waits for long."""
        self._settings = settings
        self._classes: tuple[deque[One], ...] = tuple(deque() for _ in Priority)
        self.count = 0
        self._standing: Instant | None = None
        """Since when no place was left free, but for a moment."""
        self.idle_since: Instant | None = None
        """When a place was left free, if nobody came to wait since."""
        self._freed: Instant | None = None
        self._gap: Seconds = 0.0

    def overloaded(self, now: Instant) -> bool:
        """Whether somebody has been waiting, without a break, for too long."""
        standing = self._standing is not None and now > self._standing + INTERVAL
        return standing and self._settings.sheds

    def join(self, one: One, now: Instant) -> Shed | None:
        """Let it wait until `one.due` at most, or say why not; then ask `surplus`."""
        shed = self.refusal(one.priority, one.due, now)
        if shed is not None:
            return shed
        if not self._stands(now):
            self._standing = now
        self.idle_since = None
        one.joined = now
        one.due = self._until(one.due, now)
        self._classes[one.priority].append(one)
        self.count += 1
        return None

    def refusal(self, priority: Priority, due: Instant, now: Instant) -> Shed | None:
        """Why nobody of this class may begin to wait now, if so."""
        if self.count >= self._settings.size and not self._gives_way(priority):
            return Shed.FULL
        if not self._stands(now):
            return None
        if now + self._wait(priority) > self._until(due, now):
            shed = Shed.LATE
        elif self.overloaded(now) and self._comes_in_vain(priority):
            shed = Shed.OVERLOAD
        else:
            return None
        self.idle_since = None  # somebody came
        return shed

    def surplus(self) -> One | None:
        """Take out who is one too many since another joined."""
        if self.count > self._settings.size:
            for waiting in reversed(self._classes):
                if len(waiting) > 1:
                    self.count -= 1
                    return waiting.pop()
        return None

    def next(self, now: Instant) -> One | None:
        """Return who gets the place that became free; None leaves it free."""
        newest_first = self.overloaded(now)
        for waiting in self._classes:
            if waiting:
                self._measure(now)
                self.count -= 1
                if newest_first and len(waiting) > self.kept:
                    return waiting.pop()
                return waiting.popleft()
        self._freed = None
        if self.idle_since is None:
            self.idle_since = now
        return None

    def leave(self, one: One) -> bool:
        """Take out who waits no more; False if it did not."""
        try:
            self._classes[one.priority].remove(one)
        except ValueError:
            return False
        self.count -= 1
        return True

    def in_vain(self, now: Instant) -> list[One]:
        """Take out who has waited too long for what is going on."""
        gone: list[One] = []
        if not self.overloaded(now):
            return gone
        for waiting, target in self._targets():
            while len(waiting) > self.kept and waiting[0].joined + target <= now:
                gone.append(waiting.popleft())
                self.count -= 1
        return gone

    def look_again(self) -> Instant | None:
        """When `in_vain` may find somebody; None: not before somebody joins."""
        due = [
            waiting[0].joined + target
            for waiting, target in self._targets()
            if len(waiting) > self.kept
        ]
        if not due or self._standing is None or not self._settings.sheds:
            return None
        return Instant(max(min(due), self._standing + INTERVAL))

    def retry_after(self) -> Seconds:
        """Seconds in which all that wait would have been served."""
        return min(max(1.0, self._gap * (self.count + 1)), LONGEST)

    def _stands(self, now: Instant) -> bool:
        """Whether no place has been left free, but for a moment."""
        if self._standing is None:
            return False
        return self.idle_since is None or now <= self.idle_since + INTERVAL

    def _until(self, due: Instant, now: Instant) -> Instant:
        """How long one who begins to wait now may wait."""
        return min(due, Instant(now + self._settings.timeout))

    def _wait(self, priority: Priority) -> Seconds:
        """How long it takes until the next of this class has a place, at this pace."""
        ahead = sum(len(self._classes[n]) for n in range(priority + 1))
        return self._gap * (ahead + 1)

    def _comes_in_vain(self, priority: Priority) -> bool:
        """Overloaded: whether those who are here take the next places."""
        if len(self._classes[priority]) < self.kept:
            return False
        others_wait = any(self._classes[priority + 1 :])
        return not others_wait or self._wait(priority) > PATIENCE

    def _gives_way(self, priority: Priority) -> bool:
        return any(len(waiting) > 1 for waiting in self._classes[priority + 1 :])

    def _targets(self) -> Iterator[tuple[deque[One], Seconds]]:
        """Each class with somebody in it, and how long is too long; lowest first."""
        target = TARGET
        for waiting in reversed(self._classes):
            if waiting:
                yield waiting, target
                target = PATIENCE

    def _measure(self, now: Instant) -> None:
        """Note the time between two places that became free while somebody waited."""
        if self._freed is not None:
            gap = now - self._freed
            self._gap += (gap - self._gap) * (SMOOTHING if self._gap else 1.0)
        self._freed = now
