"""Signs: what protection goes by in this worker, and what it tells of its breakers.

A worker that follows another says nothing to the log: the one that found it does.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sidecar.policy.circuit import Change, Reason, State
from sidecar.policy.pressure import Pressure
from sidecar.telemetry.log import Level, Log
from sidecar.telemetry.metrics import Metrics
from sidecar.telemetry.pacing import Pace

_NUMBERS = {State.CLOSED: 0, State.HALF_OPEN: 1, State.OPEN: 2}
_EVENTS = {state: f"circuit {state}" for state in State}


@dataclass(frozen=True, slots=True)
class Signs:
    """`log` gets a line a second, at most, of each state of each breaker."""

    metrics: Metrics
    log: Log
    pressure: Pressure = field(default_factory=Pressure)
    pace: Pace = field(default_factory=Pace)

    def show(self, states: Mapping[str, State]) -> None:
        """Show these breakers, and those that are gone as closed."""
        for name in [*states, *self.metrics.breakers]:
            state = states.get(name, State.CLOSED)
            self.metrics.breaker(name).state = _NUMBERS[state]

    def changed(self, name: str, change: Change) -> None:
        """Note what became of a breaker."""
        state, reason = change.state, change.reason
        self.metrics.breaker(name).changed(_NUMBERS[state], state, reason)
        if reason is Reason.SHARED:
            return
        left_out = self.pace.admit((name, state))
        if left_out is None:
            return
        self.log.log(
            Level.WARNING if state is State.OPEN else Level.INFO,
            _EVENTS[state],
            breaker=name,
            reason=str(reason),
            requests=change.requests,
            failed=change.failed,
            slow=change.slow,
            open_for=change.open_for,
            suppressed=left_out,
        )
