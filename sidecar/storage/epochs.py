"""Epochs: which purges came when, in one fixed piece of memory for all workers.

    sequence │ everything │ places │ labels: `purged_labels` │ patterns: `patterns`

A purge writes its number where its label's digest points; an entry carries the
number of the newest purge before its fetch began. Where the memory has a higher
one, the purge is meant for the entry: purging costs the same whatever is stored,
and reaches every process that maps the memory with the next request.

The numbers are microseconds of wall-clock time, each higher than the one before.
Several labels share a place: it tells at once that none of them was purged, and else
the labels tell which. They and the patterns remember the newest; what they have no
room for becomes a purge of more than was meant. Nothing that was purged is ever kept.
Readers take no lock: a number is one aligned word, the sequence comes last.
"""

from array import array
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from mmap import mmap
from secrets import randbits
from typing import Final, Self

from sidecar.storage import labels, patterns, purged_labels
from sidecar.storage.entry import Stored
from sidecar.storage.labels import Cut
from sidecar.storage.patterns import LONGEST, Patterns, Purged
from sidecar.storage.purged_labels import BUCKETS, PurgedLabels
from sidecar.units import Bytes, Seconds, Timestamp

WORD: Final = 8
PLACES: Final = 1 << 18
_SECRET: Final = 0
_SEQUENCE: Final = 1
_HARD: Final = 2
_SOFT: Final = 3
_PATTERN: Final = 4
_FOLLOWED: Final = 5
_OURS: Final = 6
# Purges of this host that others are told of, and that come back from there.
_OWN: Final = slice(8, 32)
# Those of them that others cannot know of yet; behind the file's magic.
_OWED: Final = slice(40, 48)
_HEAD: Final = 64  # words
_WORDS: Final = _HEAD + PLACES
_LABELS: Final = WORD * _WORDS
_PATTERNS: Final = _LABELS + purged_labels.SIZE
SIZE: Final[Bytes] = _PATTERNS + patterns.SIZE

_MICROSECOND: Final = 1e-6
# Where none was followed before, hardly anything is stored that more could be meant
# for, and clients wait while all are written down.
AT_FIRST: Final = 2000
# Whoever has not told of a purge by then may have died of it.
_OWED_FOR: Final[Seconds] = 10.0
# A product of less than 62 bits needs no big number.
_HASHED: Final = 4
_SECRET_BITS: Final = 29
_MASK: Final = (1 << 32) - 1
_SHIFT: Final = 32 - (PLACES.bit_length() - 1)
_OF_BUCKET: Final = PLACES // BUCKETS


def when(number: int) -> Timestamp:
    return Timestamp(number * _MICROSECOND)


class Epochs:
    """`lock` keeps writers of other processes out, for microseconds."""

    def __init__(
        self, memory: mmap, lock: AbstractContextManager[object] | None = None
    ) -> None:
        view = memoryview(memory)
        self._words = view[:_LABELS].cast("Q")
        self._places = self._words[_HEAD:]
        self._labels = PurgedLabels(view[_LABELS:_PATTERNS])
        self._patterns = Patterns(view[_PATTERNS:])
        self._is_alone = lock is None
        self._lock = lock or nullcontext()

    @classmethod
    def of_one_process(cls, wall: Timestamp) -> Self:
        epochs = cls(mmap(-1, SIZE))  # pages that nothing was written to cost nothing
        epochs.begin(wall)
        return epochs

    def begin(self, wall: Timestamp) -> None:
        """Make new memory usable: what was stored before it is purged."""
        # Nobody outside can tell which labels share a place.
        self._words[_SECRET] = randbits(_SECRET_BITS) | 1
        self._words[_HARD] = self._words[_SEQUENCE] = int(wall / _MICROSECOND)

    @property
    def sequence(self) -> int:
        """The number of the newest purge."""
        return self._words[_SEQUENCE]

    @property
    def followed(self) -> int:
        """The newest purge of the remote tier that was carried out here."""
        return self._words[_FOLLOWED]

    def purge(self, cut: Cut, wall: Timestamp) -> int:
        """Write it down; its number."""
        if self._is_alone:
            return self._next(cut, wall)
        with self._lock:
            return self._next(cut, wall)

    def owe(self, wall: Timestamp) -> int:
        """Note that the remote tier has to be told of a purge; what `pay` takes."""
        owed = self._words[_OWED]
        with self._lock:
            debt = max(*owed, int(wall / _MICROSECOND)) + 1
            owed[debt % len(owed)] = debt
        return debt

    def pay(self, debt: int, number: int) -> None:
        """Note that the remote tier calls a purge of this host by this number."""
        own, owed = self._words[_OWN], self._words[_OWED]
        with self._lock:
            own[self._words[_OURS] % len(own)] = number
            self._words[_OURS] += 1
            if owed[debt % len(owed)] == debt:
                owed[debt % len(owed)] = 0

    def owes(self, wall: Timestamp) -> bool:
        """Whether any worker of this host has still to tell of a purge."""
        newest = max(self._words[_OWED])
        return newest > 0 and wall - when(newest) < _OWED_FOR

    def follow(self, purges: Iterable[tuple[int, Cut]], wall: Timestamp) -> None:
        """Carry out what came from the remote tier, once for all processes."""
        with self._lock:
            since = newest = self.followed
            own = set(self._words[_OWN])
            news = []
            for number, cut in purges:
                newest = max(newest, number)
                if number > since and number not in own:
                    news.append(cut)
            if not since and len(news) > AT_FIRST:
                news = [Cut(everything=True)]
            for cut in news:
                self._next(cut, wall)
            self._words[_FOLLOWED] = newest

    def places(self, entry: Stored) -> Sequence[int]:
        """Where purges of this entry are written; to be kept with it."""
        return array("I", map(self._place, map(labels.digest, labels.of_entry(entry))))

    def newest(self, entry: Stored, places: Iterable[int], since: int) -> Purged:
        """Return the newest purges after `since` that are meant for it."""
        words, numbers = self._words, self._places
        hard = soft = 0
        # Before what is meant for everything: a pattern that is overwritten while we
        # look is there by then.
        if words[_PATTERN] > since:
            hard, soft = self._patterns.newest(entry.url, since)
        for place in places:
            if numbers[place] > since:
                named = self._labels.newest(self._buckets(entry))
                hard, soft = max(hard, named.hard), max(soft, named.soft)
                break
        hard, soft = max(hard, words[_HARD]), max(soft, words[_SOFT])
        return Purged(hard if hard > since else 0, soft if soft > since else 0)

    def _buckets(self, entry: Stored) -> list[tuple[int, bytes]]:
        digests = [labels.digest(label) for label in labels.of_entry(entry)]
        return [(self._place(digest) // _OF_BUCKET, digest) for digest in digests]

    def _place(self, digest: bytes) -> int:
        word = int.from_bytes(digest[:_HASHED], "little")
        return (word * self._words[_SECRET] & _MASK) >> _SHIFT

    def _next(self, cut: Cut, wall: Timestamp) -> int:
        number = max(self.sequence + 1, int(wall / _MICROSECOND))
        self._write(cut, number)
        self._words[_SEQUENCE] = number
        return number

    def _write(self, cut: Cut, number: int) -> None:
        everything = _SOFT if cut.soft else _HARD
        for digest in cut.digests:
            place = self._place(digest)
            self._labels.add(place // _OF_BUCKET, digest, number, soft=cut.soft)
            self._places[place] = number
        if cut.everything:
            self._words[everything] = number
        for text in cut.patterns:
            if len(text) > LONGEST:
                self._words[everything] = number
                continue
            displaced = self._patterns.displaced(text, soft=cut.soft)
            self._words[_HARD] = max(self._words[_HARD], displaced.hard)
            self._words[_SOFT] = max(self._words[_SOFT], displaced.soft)
            self._patterns.add(number, text, soft=cut.soft)
            self._words[_PATTERN] = number
