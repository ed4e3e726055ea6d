"""Early refresh: one of the last hits fetches anew, before all others have to wait.

The more often a response is asked for, and the longer its fetch takes, the likelier
that is, and the earlier (XFetch: Vattani, Chierichetti, Lowenstein, "Optimal
probabilistic cache stampede prevention", VLDB 2015).
"""

from math import log

from sidecar.units import Seconds

# With chance behind it, ten fetches' time before the end is the earliest.
EARLIEST = 10.0
EARLY_PART = 0.2


def time_for_it(cost: Seconds, fresh: Seconds) -> Seconds:
    """How long before the end of a lifetime it may begin; `cost`: of a fetch."""
    return min(EARLIEST * cost, EARLY_PART * fresh)


def is_due(left: Seconds, cost: Seconds, chance: float) -> bool:
    """Whether a hit with so much left is the one; `chance` is from 0 to 1."""
    return left <= -cost * log(1.0 - chance)
