"""Balance: which of an upstream's endpoints takes the next request.

Pure: chance is an argument. An endpoint that just refused a connection is left
out while there is another, or the idlest, which is the dead one, would draw all.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol, TypeVar

from sidecar.units import Instant


class Loaded(Protocol):
    @property
    def outstanding(self) -> int: ...
    @property
    def shunned_until(self) -> Instant: ...


One = TypeVar("One", bound=Loaded)
Chance = Callable[[], float]  # in [0, 1)


class Balance(StrEnum):
    LEAST_REQUESTS = "least_requests"
    ROUND_ROBIN = "round_robin"


def willing(endpoints: Sequence[One], now: Instant) -> Sequence[One]:
    """Those that did not fail a moment ago; all, if there is no such one."""
    return [one for one in endpoints if one.shunned_until <= now] or endpoints


def least_requests(endpoints: Sequence[One], chance: Chance) -> One:
    """The less busy of two at random: near to the best, without a herd."""
    count = len(endpoints)
    if count == 1:
        return endpoints[0]
    first = int(chance() * count)
    second = (first + 1 + int(chance() * (count - 1))) % count
    one, other = endpoints[first], endpoints[second]
    return other if other.outstanding < one.outstanding else one


def round_robin(endpoints: Sequence[One], turn: int) -> One:
    return endpoints[turn % len(endpoints)]
