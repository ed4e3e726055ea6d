"""Refining: which stored bodies are worth being coded again, as small as can be.

Those that are asked for often and that will be there for a while, the most used first;
in times without pressure, and a tenth of one processor at most.
"""

from typing import Generic, TypeVar

from sidecar.policy.pressure import Level
from sidecar.units import Seconds

Name = TypeVar("Name")

# Hits between two looks at an entry; a power of two.
OFTEN = 64
LEAST_LEFT: Seconds = 10.0
# After each one, so many times what it took.
REST = 9.0
# How long to wait where there is no time now.
LATER: Seconds = 1.0
MOST_WAITING = 32


def is_worth(left: Seconds, *, validates: bool) -> bool:
    """Whether what is fresh for so long will be sent often enough.

    What can be validated keeps its codings when it is found to be unchanged.
    """
    return validates or left >= LEAST_LEFT


def is_time(level: Level) -> bool:
    return level is Level.NONE


class Waiting(Generic[Name]):
    """What waits for its turn, the most used first."""

    def __init__(self, most: int = MOST_WAITING) -> None:
        self._most = most
        self._hits: dict[Name, int] = {}

    def __len__(self) -> int:
        return len(self._hits)

    def note(self, name: Name, hits: int) -> None:
        """Remember it; where there is no room, instead of one that is used less."""
        if name not in self._hits and len(self._hits) >= self._most:
            least = min(self._hits, key=self._hits.__getitem__)
            if self._hits[least] >= hits:
                return
            del self._hits[least]
        self._hits[name] = hits

    def take(self) -> Name:
        """The most used one.

        Raises:
            ValueError: nothing waits.
        """
        name = max(self._hits, key=self._hits.__getitem__)
        del self._hits[name]
        return name
