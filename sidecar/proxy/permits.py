"""Permits: leave to ask the upstream, of its breaker and of its limits at once.

A permit is for one attempt. What became of it is told as soon as it is known, and at
its end its places go to the next. Ending twice does no harm, and the pipeline ends
whatever an exchange still holds: no way out of a request leaves a place taken or a
probe unaccounted for.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from sidecar.policy.breaker import REFUSED
from sidecar.policy.circuit import Outcome
from sidecar.policy.failure import Counts
from sidecar.policy.queueing import Priority
from sidecar.policy.refused import CircuitOpen, Overloaded, Shedding
from sidecar.proxy.places import Taken
from sidecar.proxy.unguarded import Permit
from sidecar.units import Instant, Seconds

SWITCHING_PROTOCOLS: Final = 101
CIRCUIT_OPEN: Final = "circuit_open"
_SUCCESS: Final = Outcome.SUCCESS
_YES: Final = Taken.YES


class Breaker(Protocol):
    """`policy.breaker`, or one that refuses nobody."""

    @property
    def calm(self) -> int:
        """What `permit` would say without being asked, or `REFUSED`."""

    def permit(self, now: Instant, /) -> int: ...
    def record(
        self, permit: int, outcome: Outcome, took: Seconds, now: Instant, /
    ) -> None: ...
    def correct(self, permit: int, now: Instant, /) -> None: ...
    def retry_after(self, now: Instant, /) -> Seconds: ...
    def refuses(self, now: Instant, /) -> bool: ...
    def is_full(self, now: Instant, /) -> bool: ...


class Places(Protocol):
    """`proxy.places`."""

    learns: bool
    """Whether it wants to know how long a good answer took."""

    @property
    def is_free(self) -> bool: ...
    def refusal(self, due: Instant, priority: Priority, /) -> Overloaded | None: ...
    def take(self) -> Taken: ...
    async def wait(self, due: Instant, priority: Priority, /) -> None: ...
    def release(self) -> None: ...
    def sample(self, took: Seconds, /) -> None: ...


class Tally(Protocol):
    """Counts who was sent away, by reason (`telemetry.metrics`)."""

    def count(self, reason: str, /) -> None: ...


class Granted:
    __slots__ = ("_outcome", "_places", "_route", "_since", "_ticket")

    def __init__(
        self, route: "Guarded", ticket: int, places: Sequence[Places], since: Instant
    ) -> None:
        self._route = route
        self._ticket = ticket
        self._places = places
        self._since = since
        self._outcome: Outcome | None = None

    def answered(self, status: int, now: Instant) -> None:
        if self._outcome is not None:
            return
        route, took = self._route, now - self._since
        self._outcome = outcome = route.counts.statuses[status]
        route.breaker.record(self._ticket, outcome, took, now)
        if status == SWITCHING_PROTOCOLS:
            self.end(now)  # the upstream does not work on a tunnel as on a request
        elif outcome is _SUCCESS and self._places:
            for places in self._places:
                if places.learns:
                    places.sample(took)

    def failed(self, error: BaseException, now: Instant) -> None:
        outcome = self._route.counts.error(error)
        if self._outcome is None:
            self._record(outcome, now)
        elif outcome is Outcome.FAILURE and self._outcome is not Outcome.FAILURE:
            self._outcome = outcome
            self._route.breaker.correct(self._ticket, now)
        self.end(now)

    def end(self, now: Instant) -> None:
        if self._outcome is None:
            self._record(Outcome.NEUTRAL, now)
        if self._places:
            places, self._places = self._places, ()
            for one in places:
                one.release()

    def _record(self, outcome: Outcome, now: Instant) -> None:
        self._outcome = outcome
        self._route.breaker.record(self._ticket, outcome, now - self._since, now)


@dataclass(frozen=True, slots=True)
class Guarded:
    """The permits of a route with a breaker or limits.

    `places` are asked in order: the route's own before those it shares.
    """

    breaker: Breaker
    counts: Counts
    tally: Tally
    clock: Callable[[], Instant]
    places: tuple[Places, ...] = ()
    priority: Priority = Priority.NORMAL

    @property
    def is_open(self) -> bool:
        if not self.breaker.calm:
            return False
        for places in self.places:  # noqa: SIM110 (asked of every request)
            if not places.is_free:
                return False
        return True

    def refusal(self, now: Instant) -> CircuitOpen | None:
        breaker = self.breaker
        if breaker.calm or not breaker.refuses(now):
            return None
        return self._open(now)

    def crowded(self, due: Instant) -> Shedding | None:
        for places in self.places:
            if not places.is_free:
                # Behind those there may be room by the time that these have some.
                error = places.refusal(due, self.priority)
                if error is not None:
                    self.tally.count(error.reason)
                return error
        now = self.clock()
        return self._open(now) if self.breaker.is_full(now) else None

    def take(self, now: Instant) -> Permit | None:
        for index, places in enumerate(self.places):
            taken = places.take()
            if taken is _YES:
                continue
            if taken is Taken.NOT:
                self._release(index)
                return None
            self.tally.count("observed")
        # Last, for a probe that is not made after all would be a probe less.
        ticket = self.breaker.calm or self.breaker.permit(now)
        if ticket == REFUSED:
            self._release(len(self.places))
            return None
        return Granted(self, ticket, self.places, now)

    async def wait(self, due: Instant) -> Permit:
        index = 0
        try:
            for places in self.places:
                taken = places.take()
                if taken is Taken.NOT:
                    await places.wait(due, self.priority)
                elif taken is Taken.OBSERVED:
                    self.tally.count("observed")
                index += 1
        except Overloaded as error:
            self.tally.count(error.reason)
            raise
        finally:
            if index < len(self.places):
                self._release(index)
        now = self.clock()
        ticket = self.breaker.permit(now)
        if ticket == REFUSED:
            self._release(index)
            raise self._open(now)
        return Granted(self, ticket, self.places, now)

    def _open(self, now: Instant) -> CircuitOpen:
        self.tally.count(CIRCUIT_OPEN)
        return CircuitOpen(CIRCUIT_OPEN, retry_after=self.breaker.retry_after(now))

    def _release(self, count: int) -> None:
        for places in self.places[:count]:
            places.release()
