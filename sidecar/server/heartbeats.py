"""Heartbeats: when each worker's loop last turned, in memory that all share.

A worker writes one number ten times a second and sends nothing; the parent and
the desk read it, also while others are busy or dead. Monotonic clocks are one
for all processes of a machine.
"""

import mmap
import struct
import time
from collections.abc import Callable

from sidecar.units import Instant, Seconds

_BEAT = struct.Struct("d")  # eight bytes, aligned: written in one piece


class Heartbeats:
    def __init__(
        self, workers: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        # Anonymous and shared: it survives forks and ends with the last process.
        self._memory = mmap.mmap(-1, workers * _BEAT.size)
        self._clock = clock

    def beat(self, slot: int) -> None:
        _BEAT.pack_into(self._memory, slot * _BEAT.size, self._clock())

    def last(self, slot: int) -> Instant:
        return Instant(_BEAT.unpack_from(self._memory, slot * _BEAT.size)[0])

    def age(self, slot: int) -> Seconds:
        """Seconds since the worker's loop turned."""
        return self._clock() - self.last(slot)


class Silence:
    """For how long a worker has been silent, in time that its judge was awake.

    Where the whole machine or container stood still, everybody's heart did.
    """

    AWAKE: Seconds = 2.0
    """The longest that we sleep between two looks."""

    def __init__(self, beat: Instant, now: Instant) -> None:
        self._beat = beat
        self._looked = now
        self._silent: Seconds = 0.0

    def look(self, beat: Instant, now: Instant) -> Seconds:
        slept = now - self._looked
        self._looked = now
        if beat != self._beat:
            self._beat = beat
            self._silent = 0.0
        else:
            self._silent += min(slept, self.AWAKE)
        return self._silent
