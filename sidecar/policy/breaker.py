"""Circuit breaker: stop asking an upstream that keeps failing.

    CLOSED ──rate──▶ OPEN ──time──▶ HALF_OPEN ──successes──▶ CLOSED, at first
                      ▲                 │                    with a ramp
                      └────a failure────┘  for twice as long

The states are pybreaker's (`policy.circuit`). Ours are the rate over a window, permits
and generations: an attempt that outlives its state says nothing about the next one.
Pure. `proxy.permits` asks `permit` before each attempt and hands it back with
`record`, exactly once.
"""

from collections import deque
from collections.abc import Callable
from typing import Final

from sidecar.policy.circuit import (
    Change,
    Changed,
    Circuit,
    Outcome,
    Reason,
    State,
    unwatched,
)
from sidecar.policy.tripping import Settings
from sidecar.policy.window import Window
from sidecar.units import NEVER, Instant, Seconds

REFUSED: Final = 0
"""The permit of an attempt that may not be made."""

_SUCCESS: Final = Outcome.SUCCESS

# The ramp ends when so many may be in flight, or after so long.
RAMP_TOP: Final = 256
RAMP: Final[Seconds] = 10.0
# What is remembered of what became of it.
CHANGES: Final = 8


class Breaker:
    """One upstream's, or one route's; `claim` asks whether this worker may probe."""

    def __init__(
        self,
        settings: Settings,
        *,
        chance: Callable[[], float],
        changed: Changed = unwatched,
        claim: Callable[[Instant], bool] = lambda _now: True,
    ) -> None:
        self.state = State.CLOSED
        self.forced: State | None = None
        self.until = Instant(0.0)
        """When an open circuit may be probed."""
        self.relapses = 0
        self.calm = REFUSED
        """The permit of all attempts where it is closed and past its ramp, else
        `REFUSED`: the case that must be cheap."""
        self.changes: deque[Change] = deque(maxlen=CHANGES)
        self._settings = settings
        self._chance = chance
        self._changed = changed
        self._claim = claim
        self._circuit = Circuit(self._entered)
        self._window = Window(settings.window)
        self._generation = 1
        self._slow_from = settings.slow_from
        self._room = 0  # may be in flight at once, unless calm
        self._in_flight = 0
        self._successes = 0
        self._closed_at = Instant(-settings.window)
        self._calmed()

    @property
    def reason(self) -> Reason | None:
        """Why it is in its state; None: since it was made."""
        return self.changes[-1].reason if self.changes else None

    @property
    def in_flight(self) -> int:
        """Attempts of this state that are not recorded; 0 while they need no count."""
        return self._in_flight

    def counts(self, now: Instant) -> tuple[int, int, int]:
        """Requests in the window: all, failed, slow."""
        window = self._window
        window.look(now)
        return window.total, window.failed, window.slow

    def permit(self, now: Instant) -> int:
        """Leave to make one attempt, or `REFUSED`."""
        if self.calm:
            return self.calm
        if self.state is State.CLOSED and now >= self._closed_at + RAMP:
            self._calmed()
            return self.calm
        # Where no probe is under way, another worker may be the one that probes.
        asks = self.state is not State.CLOSED and not self._in_flight
        if self.refuses(now):
            return REFUSED
        if asks and not self._claim(now):  # which may have heard that it is closed
            return self.permit(now) if self.state is State.CLOSED else REFUSED
        if self.state is State.OPEN:
            self._enter(State.HALF_OPEN, Reason.COOLED, now)
        if self._in_flight >= self._room or self.refuses(now):  # held open meanwhile
            return REFUSED
        self._in_flight += 1
        return self._generation

    def record(
        self, permit: int, outcome: Outcome, took: Seconds, now: Instant
    ) -> None:
        """Say how a permitted attempt ended; `REFUSED` and old permits say nothing."""
        if permit != self._generation or self.forced is not None:
            return
        window = self._window
        if (
            self.calm
            and outcome is _SUCCESS
            and took < self._slow_from
            and now < window.ends
        ):
            window.well += 1
            return
        if self._in_flight:
            self._in_flight -= 1
        if outcome is Outcome.NEUTRAL:
            return
        slow = took >= self._slow_from
        if self.state is State.HALF_OPEN:
            self._probed(outcome, now, slow=slow)
            return
        if outcome is not Outcome.ANSWERED:
            failed = outcome is not Outcome.SUCCESS
            self._window.note(now, failed=failed, slow=slow)
            if failed or slow:
                self._judge(now)
        if not self.calm and self.state is State.CLOSED:
            self._ramp(outcome)

    def correct(self, permit: int, now: Instant) -> None:
        """What was recorded as well broke off afterwards: it is a failure."""
        if permit != self._generation or self.forced is not None:
            return
        if self.state is State.HALF_OPEN:
            self._probed(Outcome.FAILURE, now, slow=False)
        else:
            self._window.spoil(now)
            self._judge(now)

    def refuses(self, now: Instant) -> bool:
        """Whether it is open, and not to be probed yet."""
        return self.state is State.OPEN and now < self.until

    def is_full(self, now: Instant) -> bool:
        """Half-open, or on its ramp: whether as many are in flight as may be."""
        bounded = self.state is State.HALF_OPEN or now < self._closed_at + RAMP
        return bounded and not self.calm and self._in_flight >= self._room

    def retry_after(self, now: Instant) -> Seconds:
        """Seconds until another attempt may pass; 0 where it may now."""
        if self.state is State.OPEN:
            known = self.forced is None
            return max(0.0, self.until - now) if known else self._settings.open_for
        return 1.0 if self.is_full(now) else 0.0

    def force(self, state: State | None, now: Instant) -> None:
        """Hold it open or closed by hand; None leaves it to itself again, closed."""
        self.forced = state
        self.relapses = 0
        self._enter(state or State.CLOSED, Reason.MANUAL, now)
        self._closed_at = Instant(now - RAMP - self._settings.window)
        if state is State.OPEN:
            self.until = NEVER
        else:
            self._calmed()

    def follow(self, state: State, until: Instant, relapses: int, now: Instant) -> None:
        """Do as another worker did; its half-open is open for us until `until`."""
        self.relapses = relapses
        mine = State.CLOSED if state is State.CLOSED else State.OPEN
        if mine is not self.state:
            self._enter(mine, Reason.SHARED, now)
        if mine is State.OPEN:
            self.until = until

    def _probed(self, outcome: Outcome, now: Instant, *, slow: bool) -> None:
        if outcome is Outcome.THROTTLED:
            return
        if outcome is Outcome.FAILURE or slow:
            self.relapses += 1
            self._enter(State.OPEN, Reason.RELAPSED, now)
            return
        self._successes += 1
        if self._successes >= self._settings.probes:
            self._enter(State.CLOSED, Reason.RECOVERED, now)

    def _judge(self, now: Instant) -> None:
        """Open when the window says so."""
        reason = self._settings.verdict(self._window)
        if reason is None:
            return
        # One that was closed a moment ago has not recovered: the doubling goes on.
        relapsed = now < self._closed_at + self._settings.window
        self.relapses = self.relapses + 1 if relapsed else 0
        self._enter(State.OPEN, reason, now)

    def _ramp(self, outcome: Outcome) -> None:
        """As TCP starts: twice as many may be in flight with every round of answers."""
        if outcome is Outcome.SUCCESS or outcome is Outcome.ANSWERED:
            self._room += 1
            if self._room >= RAMP_TOP:
                self._calmed()
        else:
            self._room = max(self._settings.probes, self._room // 2)

    def _calmed(self) -> None:
        """Nobody counts any more what is in flight."""
        self.calm = self._generation
        self._in_flight = 0

    def _enter(self, state: State, reason: Reason, now: Instant) -> None:
        window = self._window
        seen = window.total, window.failed, window.slow
        open_for = None
        if state is State.OPEN:
            open_for = self._settings.length(self.relapses, self._chance())
            self.until = Instant(now + open_for)
            self._circuit.open()
        elif state is State.HALF_OPEN:
            self._circuit.half_open()
        else:
            self._closed_at = now
            self._circuit.close()
        if self.forced is not None or reason is Reason.SHARED:
            open_for = None
        change = Change(now, state, reason, *seen, open_for)
        self.changes.append(change)
        self._changed(change)

    def _entered(self, state: State) -> None:
        self.state = state
        self._generation += 1
        self._in_flight = self._successes = 0
        self._window.clear()
        self.calm = REFUSED
        probes = self._settings.probes
        self._room = probes if state is State.HALF_OPEN else 2 * probes
