"""Circuits: all breakers of one worker, and what the workers of a host share of them.

Each worker counts for itself; what one finds, all follow within a tick, for a state is
written down where all can read it. A half-open circuit is one worker's: it holds a
lease on it, and the others see it open. If that worker dies, or is asked no more and
has no probe under way, its lease ends, and another may probe.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from typing import Protocol

from sidecar.policy.breaker import Breaker
from sidecar.policy.circuit import Change, Reason, State
from sidecar.policy.tripping import Settings
from sidecar.proxy.circuit_record import Record
from sidecar.proxy.circuit_view import CircuitView, view
from sidecar.units import Instant, Seconds

# A worker that probes says so again with each tick, which is a tenth of that.
LEASE: Seconds = 1.0

_EPOCH = b"breakers"


class Shared(Protocol):
    """`storage.ledger`, or nothing."""

    def swap(
        self, key: bytes, work: Callable[[bytes | None], bytes | None], now: Instant, /
    ) -> bytes | None: ...
    def value(self, key: bytes, now: Instant, /) -> bytes | None: ...
    def epoch(self, name: bytes, /) -> int: ...
    def advance(self, name: bytes, /) -> int: ...


class Watcher(Protocol):
    """Who is told of changes."""

    def changed(self, name: str, change: Change, /) -> None: ...


Made = tuple[Settings, Breaker]


class Wiring:
    """The breakers of a configuration that is not in effect yet.

    Those of what is in effect go on where their settings are the same.
    """

    def __init__(
        self, running: Mapping[str, Made], make: Callable[[str, Settings], Breaker]
    ) -> None:
        self.made: dict[str, Made] = {}
        self._running = running
        self._make = make

    def breaker(self, name: str, settings: Settings) -> Breaker:
        """The one of that name; another where its settings have changed."""
        made = self.made.get(name) or self._running.get(name)
        if made is None or made[0] != settings:
            made = settings, self._make(name, settings)
        self.made[name] = made
        return made[1]


class Circuits:
    """`clock` is the one that all processes share; `worker` a name of its own."""

    def __init__(
        self,
        *,
        clock: Callable[[], Instant],
        chance: Callable[[], float],
        watcher: Watcher,
        shared: Shared | None = None,
    ) -> None:
        self._clock = clock
        self._chance = chance
        self._watcher = watcher
        self._shared = shared
        self._worker = secrets.token_bytes(8)
        self._epoch = 0
        self._made: Mapping[str, Made] = {}

    def __iter__(self) -> Iterator[tuple[str, Breaker]]:
        for name, (_, breaker) in list(self._made.items()):
            yield name, breaker

    def get(self, name: str) -> Breaker | None:
        made = self._made.get(name)
        return None if made is None else made[1]

    def wiring(self) -> Wiring:
        """Begin another configuration; nothing changes by it."""
        return Wiring(self._made, self._breaker)

    def use(self, wiring: Wiring) -> None:
        """Have its breakers, and no others, from now on."""
        before, self._made = self._made, wiring.made
        now = self._clock()
        for name, made in self._made.items():
            old = before.get(name)
            if made is old:
                continue
            if old is not None and old[1].forced is not None:
                self._hold(made[1], old[1].forced, now)
            self._follow(name, made[1], now, mine=True)

    def force(self, name: str, state: State | None) -> bool:
        """Hold one open or closed for all workers; None leaves it to itself."""
        breaker = self.get(name)
        if breaker is None:
            return False
        breaker.force(state, self._clock())
        return True

    def views(self) -> list[CircuitView]:
        now = self._clock()
        return [view(name, breaker, now) for name, breaker in self]

    def tick(self, now: Instant) -> None:
        """Follow what others found, and go on holding what is ours."""
        if self._shared is None:
            return
        for name, breaker in self:
            if breaker.state is State.HALF_OPEN and breaker.in_flight:
                self._renew(name, breaker)
        epoch = self._shared.epoch(_EPOCH)
        if epoch != self._epoch:
            self._epoch = epoch
            for name, breaker in self:
                self._follow(name, breaker, now)

    def _breaker(self, name: str, settings: Settings) -> Breaker:
        breaker = Breaker(
            settings,
            chance=self._chance,
            changed=lambda change: self._changed(name, breaker, change),
            claim=lambda now: self._claim(name, breaker, now),
        )
        return breaker

    def _changed(self, name: str, breaker: Breaker, change: Change) -> None:
        if self.get(name) is not breaker:
            return  # requests of a configuration before end on it
        self._watcher.changed(name, change)
        if change.reason is not Reason.SHARED:
            reason = change.reason
            said = self._say(
                name, breaker, lambda there: not there.outweighs(self._worker, reason)
            )
            if not said:
                self._follow(name, breaker, self._clock())

    def _say(self, name: str, breaker: Breaker, may: Callable[[Record], bool]) -> bool:
        """Tell the others what became of it, if what is there `may` be written over."""
        shared = self._shared
        if shared is None:
            return True
        now = self._clock()
        held = breaker.state is State.HALF_OPEN
        until = Instant(now + LEASE) if held else breaker.until
        ours = Record(
            breaker.state, breaker.forced, until, breaker.relapses, self._worker
        ).packed()

        def work(data: bytes | None) -> bytes | None:
            there = Record.read(data)
            return ours if there is None or may(there) else data

        if shared.swap(_key(name), work, now) != ours:
            return False
        shared.advance(_EPOCH)
        return True

    def _renew(self, name: str, breaker: Breaker) -> None:
        """Go on probing, unless others were told something else meanwhile."""
        self._say(name, breaker, lambda there: there.owner == self._worker)

    def _claim(self, name: str, breaker: Breaker, now: Instant) -> bool:
        """Whether this worker may probe; else what it has not heard yet is followed."""
        if self._shared is None:
            return True
        mine = False

        def work(data: bytes | None) -> bytes | None:
            nonlocal mine
            there = Record.read(data)
            if there is not None and there.forbids(self._worker, now):
                return data
            mine = True
            relapses = 0 if there is None else there.relapses
            until = Instant(now + LEASE)
            return Record(State.HALF_OPEN, None, until, relapses, self._worker).packed()

        self._shared.swap(_key(name), work, now)
        if not mine:
            self._follow(name, breaker, now)
        return mine

    def _follow(
        self, name: str, breaker: Breaker, now: Instant, *, mine: bool = False
    ) -> None:
        """Do as another worker did; `mine`: or as this one did with another breaker."""
        if self._shared is None:
            return
        found = Record.read(self._shared.value(_key(name), now))
        if found is None or (found.owner == self._worker and not mine):
            return
        if found.forced != breaker.forced:
            self._hold(breaker, found.forced, now)
        if found.forced is None:
            breaker.follow(found.state, found.until, found.relapses, now)

    def _hold(self, breaker: Breaker, state: State | None, now: Instant) -> None:
        """Hold it as it is known to be held: told again it would be told for ever."""
        shared, self._shared = self._shared, None
        breaker.force(state, now)
        self._shared = shared


def _key(name: str) -> bytes:
    return b"breaker\0" + name.encode("utf-8")
