"""Brake: compression gives way before the event loop does.

    free ──lag──▶ eased: the fastest levels ──more lag──▶ off: nothing compressed

A response that is not compressed is larger; one that is late is late for everybody.
"""

from dataclasses import dataclass
from enum import IntEnum

from sidecar.units import Seconds


class Pressure(IntEnum):
    FREE = 0
    EASED = 1
    OFF = 2


# Let go only when the lag is well below what it was pressed at, or it would flutter.
_RELEASE = 0.5


@dataclass(slots=True)
class Brake:
    """`eased` and `off` are the lags from which each is pressed."""

    eased: Seconds = 0.025
    off: Seconds = 0.1
    pressure: Pressure = Pressure.FREE

    def feel(self, lag: Seconds) -> Pressure:
        """Take in how late the loop is now; how hard the brake is pressed then."""
        pressed = self.pressure
        for pressure, limit in ((Pressure.OFF, self.off), (Pressure.EASED, self.eased)):
            if lag >= (limit * _RELEASE if pressed >= pressure else limit):
                self.pressure = pressure
                return pressure
        self.pressure = Pressure.FREE
        return Pressure.FREE
