"""Relief: what a worker does when its memory comes near its limit, step by step.

Long before these, `policy.pressure` gives up what is dear; these keep the worker from
being killed for want of memory, which would lose all that it has in flight.
"""

from bisect import bisect_right
from enum import IntEnum


class Relief(IntEnum):
    """Each step also does what the ones before it do."""

    NONE = 0
    EVICT = 1
    """What is stored in memory goes, bit by bit."""
    NOTHING_NEW = 2
    """Nothing is stored in memory."""
    REPLACE = 3
    """Another worker takes over, where there is one, and this one ends when all is
    answered. No client is worse off for it, so it comes before refusing."""
    REFUSE = 4
    """New connections are refused, and those that are here end with their answer."""


# Shares of the limit; those of Envoy's overload manager are 92, 95 and 98 %.
MARKS = (0.88, 0.92, 0.95, 0.98)
# A step is left so far below its mark, or it would flutter.
_RELEASE = 0.02


def relief(share: float, before: Relief) -> Relief:
    """Return the step at `share` of the limit, when `before` was the last one."""
    reached = bisect_right(MARKS, share)
    if reached < before:
        reached = min(bisect_right(MARKS, share + _RELEASE), before)
    return Relief(reached)
