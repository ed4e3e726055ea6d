"""Machine: how a circuit goes from state to state. It is pybreaker's.

Its `call` and `calling` are not used: they count a cancelled await as a failure, and
let everybody into a half-open circuit (`policy.breaker` does both otherwise).

Slow to import, for pybreaker brings a client of Redis along: not before we serve.
"""

from collections.abc import Callable

import pybreaker


class _Listener(pybreaker.CircuitBreakerListener):
    def __init__(self, entered: Callable[[str], None]) -> None:
        self._entered = entered

    def state_change(self, cb: object, old_state: object, new_state: object) -> None:  # noqa: ARG002
        name: str = getattr(new_state, "name", pybreaker.STATE_CLOSED)
        self._entered(name.replace("-", "_"))


def machine(entered: Callable[[str], None]) -> pybreaker.CircuitBreaker:
    """Make a closed one that tells of each state, and never opens by itself."""
    made = pybreaker.CircuitBreaker(fail_max=2**31)  # failures are not told to it
    made.add_listener(_Listener(entered))
    return made
