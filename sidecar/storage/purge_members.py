"""Purge members: what pods tell each other of purges, and what they make of it.

h or s, then   d and a label's digest │ p and a pattern │ * for everything
"""

from collections.abc import Iterator

from sidecar.storage import labels
from sidecar.storage.entry import Stored
from sidecar.storage.labels import Cut
from sidecar.storage.patterns import Purged

_HARD, _SOFT = b"h", b"s"
_DIGEST, _PATTERN, _EVERYTHING = b"d", b"p", b"*"


def members(cut: Cut) -> Iterator[bytes]:
    kind = _SOFT if cut.soft else _HARD
    for digest in cut.digests:
        yield kind + _DIGEST + digest
    for pattern in cut.patterns:
        yield kind + _PATTERN + pattern
    if cut.everything:
        yield kind + _EVERYTHING


def cut_of(member: bytes) -> Cut | None:
    """Return what a member asks for; None: it is none."""
    kind, what, rest = member[:1], member[1:2], member[2:]
    if kind not in {_HARD, _SOFT}:
        return None
    soft = kind == _SOFT
    if what == _DIGEST and len(rest) == labels.DIGEST:
        return Cut(digests=(rest,), soft=soft)
    if what == _PATTERN and b" " in rest and _is_text(rest):
        return Cut(patterns=(rest,), soft=soft)
    if what == _EVERYTHING and not rest:
        return Cut(everything=True, soft=soft)
    return None


def _is_text(pattern: bytes) -> bool:
    try:
        pattern.decode()
    except UnicodeDecodeError:
        return False
    return True


class Purges:
    """The newest number of each member; `floor` counts as a purge of everything."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._numbers: dict[bytes, int] = {}
        self._patterns: dict[bytes, int] = {}
        self.floor = 0

    def add(self, member: bytes, number: int) -> None:
        table = self._patterns if member[1:2] == _PATTERN else self._numbers
        # At the end again: the first is the oldest.
        table.pop(member, None)
        table[member] = number
        if len(table) > self._most:
            oldest = next(iter(table))
            self.floor = max(self.floor, table.pop(oldest))

    def newest(self, entry: Stored, since: int) -> Purged:
        """Return the newest after `since` that are meant for it."""
        names = [
            _EVERYTHING,
            *(_DIGEST + labels.digest(one) for one in labels.of_entry(entry)),
        ]
        hard = self._newest(_HARD, names, entry.url, max(since, self.floor))
        soft = self._newest(_SOFT, names, entry.url, since)
        hard = max(hard, self.floor)
        return Purged(hard if hard > since else 0, soft)

    def _newest(self, kind: bytes, names: list[bytes], url: bytes, since: int) -> int:
        """0: none after `since`."""
        newest = max(self._numbers.get(kind + name, 0) for name in names)
        for member, number in self._patterns.items():
            if (
                number > max(since, newest)
                and member[:1] == kind
                and labels.fits(member[2:], url)
            ):
                newest = number
        return newest if newest > since else 0
