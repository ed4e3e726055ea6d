"""Kept: what has learnt something, and goes on with it after a reload.

Between `begin` and `done` everything that the new configuration needs is asked for; a
key says all that it was made from, so that other settings make another.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast

Made = TypeVar("Made")


class Kept:
    def __init__(self) -> None:
        self._before: dict[Hashable, object] = {}
        self._now: dict[Hashable, object] = {}

    def __len__(self) -> int:
        return len(self._now)

    def begin(self) -> None:
        self._before, self._now = {**self._before, **self._now}, {}

    def keep(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key before, or make it."""
        found = self._now.get(key, self._before.get(key))
        if found is None:
            found = make()
        self._now[key] = found
        return cast("Made", found)

    def done(self) -> None:
        """Forget what nobody asked for."""
        self._before = {}
