"""Throttling: how often and how long the control group's CPU limit held us up.

Read from `cpu.stat` of cgroup v2 or v1 at each scrape, two microseconds a file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sidecar.telemetry import host_families as known
from sidecar.telemetry.snapshot import Reading, Row
from sidecar.units import Seconds

# The units of `throttled_usec` (v2) and `throttled_time` (v1).
_UNITS = {b"throttled_usec": 1e-6, b"throttled_time": 1e-9}


@dataclass(frozen=True, slots=True)
class Throttling:
    """Since the group was made."""

    periods: int = 0
    throttled: int = 0
    seconds: Seconds = 0.0

    def rows(self) -> Iterator[Row]:
        yield known.PERIODS.name, (), self.periods
        yield known.THROTTLED_PERIODS.name, (), self.throttled
        yield known.THROTTLED.name, (), self.seconds


def throttling(stat: Path | None) -> Throttling:
    """Read a `cpu.stat`; zeros where there is none, or no limit."""
    if stat is None:
        return Throttling()
    try:
        pairs = [line.split() for line in stat.read_bytes().splitlines()]
        found = {pair[0]: int(pair[1]) for pair in pairs}
    except (OSError, ValueError, IndexError):
        return Throttling()
    return Throttling(
        periods=found.get(b"nr_periods", 0),
        throttled=found.get(b"nr_throttled", 0),
        seconds=sum(found.get(name, 0) * unit for name, unit in _UNITS.items()),
    )


def limited(stat: Path | None) -> Reading:
    """Rows of what `stat` says when they are asked for."""
    return lambda: throttling(stat).rows()
