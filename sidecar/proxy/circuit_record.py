"""Circuit record: what workers know of each other's breaker, as it is written down."""

import struct
from dataclasses import dataclass

from sidecar.policy.circuit import Reason, State
from sidecar.units import Instant

_RECORD = struct.Struct("!BBdI8s")
_STATES = tuple(State)
_FREE = len(_STATES)


@dataclass(frozen=True, slots=True)
class Record:
    """`owner` is the worker that found it, or probes until `until`."""

    state: State
    forced: State | None
    until: Instant
    relapses: int
    owner: bytes

    def packed(self) -> bytes:
        forced = _FREE if self.forced is None else _STATES.index(self.forced)
        return _RECORD.pack(
            _STATES.index(self.state), forced, self.until, self.relapses, self.owner
        )

    def forbids(self, worker: bytes, now: Instant) -> bool:
        """Whether that worker may not probe: another does, need not, or holds it."""
        if self.owner == worker:
            return False
        known = self.forced is not None or self.state is State.CLOSED
        return known or self.until > now

    def outweighs(self, worker: bytes, reason: Reason) -> bool:
        """Whether this holds, and not what that worker found without knowing of it."""
        if self.owner == worker or reason is Reason.MANUAL:
            return False
        # Whoever relapses had the lease: another has had it since.
        return self.forced is not None or reason is Reason.RELAPSED

    @classmethod
    def read(cls, data: bytes | None) -> "Record | None":
        """None where there is none, or it is not ours."""
        if data is None or len(data) != _RECORD.size:
            return None
        state, forced, until, relapses, owner = _RECORD.unpack(data)
        if state >= _FREE or forced > _FREE:
            return None
        held = None if forced == _FREE else _STATES[forced]
        return cls(_STATES[state], held, Instant(until), relapses, owner)
