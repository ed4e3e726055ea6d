"""Kept: what has learnt something, and goes on with it after a reload.

A configuration that is being made has a successor of what is in effect, and asks it for
all that it needs; a key says all that something was made from, so that other settings
make another. What is in effect does not notice, and the successor may be dropped.
"""

from collections.abc import Callable, Hashable, Mapping
from types import MappingProxyType
from typing import TypeVar, cast

Made = TypeVar("Made")


class Kept:
    def __init__(
        self, before: Mapping[Hashable, object] = MappingProxyType({})
    ) -> None:
        self._before = before
        self._now: dict[Hashable, object] = {}

    def __len__(self) -> int:
        return len(self._now)

    def successor(self) -> "Kept":
        return Kept(self._now)

    def keep(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for this key before, or make it."""
        found = self._now.get(key, self._before.get(key))
        if found is None:
            found = make()
        self._now[key] = found
        return cast("Made", found)

    def settle(self) -> None:
        """Forget what nobody asked for."""
        self._before = MappingProxyType({})
