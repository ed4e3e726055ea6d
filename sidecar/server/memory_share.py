"""Memory share: how much of what a worker may have is in use."""

from collections.abc import Callable

from sidecar.config.schema_process import Memory
from sidecar.policy.relief import MARKS
from sidecar.telemetry.log import Log
from sidecar.telemetry.process import own
from sidecar.units import Bytes

# What the parent and the desk take of a control group's limit, where there are workers.
OTHERS: Bytes = 48 << 20


def memory_share(
    section: Memory | None, group: Bytes | None, workers: int, log: Log
) -> Callable[[], float]:
    """Return what to ask, in a worker that has just begun: a share of the limit.

    The section's limit is for each worker; that of the control group is for all.
    0 where there is none, and where it could not be kept even without a request:
    that is said, for all requests would be refused.
    """
    limit = None if section is None else section.limit or _part(group, workers)
    if limit is None:
        return _unlimited
    if (used := own()) >= MARKS[0] * limit:
        log.warning("memory limit too low", limit=limit, used=used)
        return _unlimited
    return lambda: own() / limit


def _part(group: Bytes | None, workers: int) -> Bytes | None:
    """What a control group's limit leaves to each worker."""
    if group is None:
        return None
    others = OTHERS if workers > 1 else 0
    return max(1, (group - min(others, group // 2)) // workers)


def _unlimited() -> float:
    return 0.0
