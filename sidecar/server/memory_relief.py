"""Memory relief: keeps a worker below its memory limit (`policy.relief`).

    near it ─▶ evict ─▶ store nothing ─▶ be replaced ─▶ refuse connections

What was freed goes back to the system only when the allocator is told to give it.
"""

import ctypes
from collections.abc import Callable

from sidecar.policy.pressure import Pressure
from sidecar.policy.relief import Relief, relief
from sidecar.server.entrance import Entrance
from sidecar.storage.memory import Memory
from sidecar.units import Instant, Seconds

# In one tick, ten of which are a second; all the bytes where it gets tight.
SHARE = 0.02
ENTRIES = 500
# To walk through all free memory takes some milliseconds.
TRIMS: Seconds = 1.0
# How often a worker says that it ought to be replaced.
ASKS: Seconds = 5.0


def trim() -> None:
    """Give free memory back to the system, where the C library can."""
    give = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if give is not None:
        give(0)


def stay() -> None:
    """Do nothing about it."""


class MemoryRelief:
    """What may be set: `replace` asks for a successor, every 5 seconds; `forget` lets
    go of what is only remembered to save work, all of it in each tick.
    """

    def __init__(
        self,
        share: Callable[[], float],
        pressure: Pressure,
        memory: Memory,
        entrance: Entrance,
        trim: Callable[[], None] = trim,
    ) -> None:
        self.replace: Callable[[], None] = stay
        self.forget: Callable[[], None] = stay
        self._share = share
        self._pressure = pressure
        self._memory = memory
        self._entrance = entrance
        self._trim = trim
        self._step = Relief.NONE
        self._trim_at = self._ask_at = Instant(0.0)

    def tick(self, now: Instant) -> None:
        """Look at what is in use, and do what is due."""
        share = self._share()
        near = relief(share, self._step)
        if near > Relief.NONE:
            self.forget()
        if near >= Relief.REPLACE and self._empty():
            share = self._share()
        self._pressure.hold(share)
        step = relief(share, self._step)
        if step is not self._step:
            self._enter(step)
        if step is Relief.NONE:
            return
        self._memory.give_up(SHARE, ENTRIES)
        if now >= self._trim_at:
            self._trim_at = Instant(now + TRIMS)
            self._trim()
        if step >= Relief.REPLACE and now >= self._ask_at:
            self._ask_at = Instant(now + ASKS)
            self.replace()

    def _empty(self) -> bool:
        """Let all go that is stored: nobody is sent away for it. Whether any was."""
        entries, _ = self._memory.counts()
        if entries:
            self._memory.give_up(1.0, ENTRIES)
            self._trim()
        return entries > 0

    def _enter(self, step: Relief) -> None:
        self._step = step
        self._memory.takes = step < Relief.NOTHING_NEW
        self._entrance.refuse(scarce=step >= Relief.REFUSE)
