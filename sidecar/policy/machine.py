"""Machine: how a circuit goes from state to state. It is pybreaker's, in our words.

Its `call` and `calling` are not used: they count a cancelled await as a failure, and
let everybody into a half-open circuit (`policy.breaker` does both otherwise).

Slow to import, for pybreaker brings a client of Redis along: not before we serve.
"""

from collections.abc import Callable

import pybreaker

from sidecar.policy.circuit import State


class _Listener(pybreaker.CircuitBreakerListener):
    def __init__(self, entered: Callable[[State], None]) -> None:
        self._entered = entered

    def state_change(self, cb: object, old_state: object, new_state: object) -> None:  # noqa: ARG002
        name: str = getattr(new_state, "name", pybreaker.STATE_CLOSED)
        self._entered(State(name.replace("-", "_")))


class Machine:
    """Begins closed. `entered` is told of each state, also when it is entered again."""

    def __init__(self, entered: Callable[[State], None]) -> None:
        # It never opens by itself: it is not told of failures.
        self._machine = pybreaker.CircuitBreaker(fail_max=2**31)
        self._machine.add_listener(_Listener(entered))

    def open(self) -> None:
        self._machine.open()

    def half_open(self) -> None:
        self._machine.half_open()

    def close(self) -> None:
        self._machine.close()
