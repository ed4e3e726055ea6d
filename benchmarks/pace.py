"""Pace: how long and how often; slow enough to trust, or quick enough to look."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Rounds, and seconds."""

    rounds: int = 10
    slice: float = 1.0
    warm_up: float = 0.5
    open_loop: float = 2.0  # one slice at a constant rate
    rate: int = 1000  # requests a second
    idle_connections: int = 10_000
    starts: int = 5
    row_limit: float = 600.0  # seconds; no round begins after it


QUICK = Pace(
    rounds=2,
    slice=0.2,
    warm_up=0.0,
    open_loop=0.4,
    idle_connections=1000,
    starts=1,
    row_limit=4.0,
)
