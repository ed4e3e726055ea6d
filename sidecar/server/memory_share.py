"""Memory share: how much of what we may have is in use, by the group's limit."""

from collections.abc import Callable

from sidecar.telemetry.process import resident
from sidecar.units import Bytes


def memory_share(limit: Bytes | None, workers: int = 1) -> Callable[[], float]:
    """Return what to ask: a share of the limit; 0 where there is none.

    One of several alike answers for all of them.
    """
    if limit is None:
        return lambda: 0.0
    part = limit / workers
    return lambda: resident() / part
