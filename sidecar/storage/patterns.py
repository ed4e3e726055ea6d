"""Patterns: the purges of many URLs by one pattern, in a ring of fixed size.

A pattern that is purged again keeps its place and gets the new number; what the
ring has no room for is told to the caller, who widens it. Writers are alone; readers
take no lock.
"""

from struct import Struct
from typing import NamedTuple

from sidecar.storage.labels import fits
from sidecar.units import Bytes

_RECORD = Struct("=QHB")  # number, length of the text, whether it is soft
_WORD = 8
PLACE: Bytes = 1024
PLACES = 256
LONGEST: Bytes = PLACE - _RECORD.size
SIZE: Bytes = PLACE * PLACES


class Purged(NamedTuple):
    """Numbers of the newest purges meant for an entry; 0: none."""

    hard: int
    soft: int


NOT_PURGED = Purged(0, 0)


class Patterns:
    """Over memory that other processes write, too; one at a time does."""

    def __init__(self, memory: memoryview) -> None:
        self._memory = memory
        self._words = memory.cast("Q")

    def displaced(self, text: bytes, *, soft: bool) -> Purged:
        """Numbers of what `add` will overwrite, another pattern's; 0: nothing."""
        at, is_its_own = self._place(text, soft=soft)
        if is_its_own:
            return NOT_PURGED
        number, _, was_soft = _RECORD.unpack_from(self._memory, at)
        return Purged(0, number) if was_soft else Purged(number, 0)

    def add(self, number: int, text: bytes, *, soft: bool) -> None:
        at, is_its_own = self._place(text, soft=soft)
        if not is_its_own:
            # Nobody reads the text of a place without a number.
            self._words[at // _WORD] = 0
            start = at + _RECORD.size
            self._memory[start : start + len(text)] = text
            _RECORD.pack_into(self._memory, at, 0, len(text), soft)
        # In one piece: of a pattern that is purged again there is a number throughout.
        self._words[at // _WORD] = number

    def newest(self, url: bytes, since: int) -> Purged:
        """Return the newest after `since` that are meant for `url`."""
        hard = soft = 0
        for at in range(0, SIZE, PLACE):
            number, length, is_soft = _RECORD.unpack_from(self._memory, at)
            if number > since:
                start = at + _RECORD.size
                if fits(bytes(self._memory[start : start + length]), url):
                    if is_soft:
                        soft = max(soft, number)
                    else:
                        hard = max(hard, number)
        return Purged(hard, soft)

    def _place(self, text: bytes, *, soft: bool) -> tuple[int, bool]:
        """Where this pattern is, or the one to be overwritten for it: the oldest; and
        which of the two.
        """
        oldest, place = None, 0
        for at in range(0, SIZE, PLACE):
            number, length, is_soft = _RECORD.unpack_from(self._memory, at)
            if bool(is_soft) == soft and length == len(text):
                start = at + _RECORD.size
                if self._memory[start : start + length] == text:
                    return at, True
            if oldest is None or number < oldest:
                oldest, place = number, at
        return place, False
