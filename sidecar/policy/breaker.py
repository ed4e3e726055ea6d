"""Circuit breaker: stop asking an upstream that keeps failing.

    CLOSED ──rate──▶ OPEN ──time──▶ HALF_OPEN ──successes──▶ CLOSED, at first
                      ▲                 │                    with a ramp
                      └────a failure────┘  for twice as long

The states are pybreaker's (`policy.circuit`). Ours are the rate over a window, permits
and generations: an attempt that outlives its state says nothing about the next one.
Pure: time and chance are arguments, nothing is awaited. `proxy.fetch` asks
`permit` before each attempt and hands it back with `record`, exactly once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sidecar.policy.circuit import Changed, Circuit, Outcome, Reason, State, unwatched
from sidecar.policy.window import Window
from sidecar.units import NEVER, Instant, Seconds

REFUSED: Final = 0
"""The permit of an attempt that may not be made."""

# Open times differ a little, so that replicas do not all probe at once.
JITTER = 0.1
# The ramp ends when so many may be in flight, or after so long.
RAMP_TOP = 256
RAMP: Seconds = 10.0


@dataclass(frozen=True, slots=True)
class Settings:
    """`slow_duration` None: slow answers are like others. Durations in seconds."""

    failure_rate: float = 0.5
    slow_duration: Seconds | None = None
    slow_rate: float = 1.0
    min_requests: int = 20
    window: Seconds = 30.0
    open_for: Seconds = 30.0
    max_open: Seconds = 300.0
    probes: int = 3


class Breaker:
    """One upstream's, or one route's.

    `claim` asks whether this worker is the one that probes.
    """

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
        self.reason: Reason | None = None
        self._settings = settings
        self._chance = chance
        self._changed = changed
        self._claim = claim
        self._circuit = Circuit(self._entered)
        self._window = Window(settings.window)
        self._generation = 1
        self._steady = True  # closed and past its ramp: the case that must be cheap
        self._room = 0  # may be in flight at once, unless steady
        self._in_flight = 0
        self._successes = 0
        self._closed_at = Instant(-settings.window)

    @property
    def in_flight(self) -> int:
        """Attempts of this state that are not recorded; 0 while they need no count."""
        return self._in_flight

    @property
    def generation(self) -> int:
        """Grows with every change of state."""
        return self._generation

    def counts(self, now: Instant) -> tuple[int, int, int]:
        """Requests in the window: all, failed, slow."""
        window = self._window
        window.look(now)
        return window.total, window.failed, window.slow

    def permit(self, now: Instant) -> int:
        """Leave to make one attempt, or `REFUSED`."""
        if self._steady:
            return self._generation
        if self.state is State.OPEN and now >= self.until and self._claim(now):
            self._enter(State.HALF_OPEN, Reason.COOLED, now)
        if self.state is State.OPEN:
            return REFUSED
        if self.state is State.CLOSED and now >= self._closed_at + RAMP:
            self._steadied()
            return self._generation
        if self._in_flight >= self._room:
            return REFUSED
        self._in_flight += 1
        return self._generation

    def record(
        self, permit: int, outcome: Outcome, took: Seconds, now: Instant
    ) -> None:
        """Say how a permitted attempt ended; `REFUSED` and old permits say nothing."""
        if permit != self._generation or self.forced is not None:
            return
        if self._in_flight:
            self._in_flight -= 1
        if outcome is Outcome.NEUTRAL:
            return
        settings = self._settings
        slow = settings.slow_duration is not None and took >= settings.slow_duration
        if self.state is State.HALF_OPEN:
            self._probed(outcome, now, slow=slow)
            return
        if outcome is not Outcome.ANSWERED:
            failed = outcome is not Outcome.SUCCESS
            self._window.note(now, failed=failed, slow=slow)
            if failed or slow:
                self._judge(now)
        if not self._steady and self.state is State.CLOSED:
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

    def retry_after(self, now: Instant) -> Seconds:
        """Seconds until another attempt may pass; 0 where it may now."""
        if self.state is State.CLOSED and self._steady:
            return 0.0
        if self.state is State.OPEN:
            if self.forced is not None:
                return self._settings.open_for  # nobody knows
            return max(0.0, self.until - now)
        # Half-open or ramping: as soon as one of those in flight ends.
        return 1.0 if self._in_flight >= self._room else 0.0

    def force(self, state: State | None, now: Instant) -> None:
        """Hold it open or closed by hand; None leaves it to itself again, closed."""
        self.forced = state
        self.relapses = 0
        self._enter(state or State.CLOSED, Reason.MANUAL, now)
        self._closed_at = Instant(now - RAMP - self._settings.window)
        if state is State.OPEN:
            self.until = NEVER
        else:
            self._steadied()

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
        """Open when the window has seen enough, and too much of it is bad."""
        window, settings = self._window, self._settings
        if window.total < settings.min_requests:
            return
        if window.failed >= settings.failure_rate * window.total and window.failed:
            reason = Reason.FAILURE_RATE
        elif (
            settings.slow_duration is not None
            and window.slow
            and window.slow >= settings.slow_rate * window.total
        ):
            reason = Reason.SLOW_RATE
        else:
            return
        # One that was closed a moment ago has not recovered: the doubling goes on.
        relapsed = now < self._closed_at + settings.window
        self.relapses = self.relapses + 1 if relapsed else 0
        self._enter(State.OPEN, reason, now)

    def _ramp(self, outcome: Outcome) -> None:
        """As TCP starts: twice as many may be in flight with every round of answers."""
        if outcome is Outcome.SUCCESS or outcome is Outcome.ANSWERED:
            self._room += 1
            if self._room >= RAMP_TOP:
                self._steadied()
        else:
            self._room = max(self._settings.probes, self._room // 2)

    def _steadied(self) -> None:
        """Nobody counts any more what is in flight."""
        self._steady = True
        self._in_flight = 0

    def _enter(self, state: State, reason: Reason, now: Instant) -> None:
        self.reason = reason
        if state is State.OPEN:
            # 2^30 seconds are more than any max_open.
            longest = self._settings.open_for * 2.0 ** min(self.relapses, 30)
            length = min(longest, self._settings.max_open)
            self.until = Instant(now + length * (1.0 - JITTER * self._chance()))
            self._circuit.open()
        elif state is State.HALF_OPEN:
            self._circuit.half_open()
        else:
            self._closed_at = now
            self._circuit.close()
        self._changed(state, reason)

    def _entered(self, state: State) -> None:
        self.state = state
        self._generation += 1
        self._in_flight = self._successes = 0
        self._window.clear()
        self._steady = False
        probes = self._settings.probes
        self._room = probes if state is State.HALF_OPEN else 2 * probes
