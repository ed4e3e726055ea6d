"""Listing: what is in memory, for people; nobody's secrets, and no bodies."""

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sidecar.storage.entry import Stored
from sidecar.storage.memory import Memory
from sidecar.units import Bytes, Instant, Seconds

MOST_SHOWN = 100
# Of those looked at, the most used are shown.
_LOOKED_AT = 20_000
_TAGS_SHOWN = 64


@dataclass(frozen=True, slots=True)
class Shown:
    """One stored response. `left`: seconds of freshness, below 0 when stale."""

    url: str
    status: int
    age: Seconds
    left: Seconds
    size: Bytes
    hits: int
    tags: tuple[str, ...]
    codings: tuple[str, ...]
    private: bool


def listing(memory: Memory, most: int, now: Instant) -> Sequence[Shown]:
    """Return the most used."""
    found = [
        entry for _, entry in memory.entries(_LOOKED_AT) if isinstance(entry, Stored)
    ]
    found.sort(key=operator.attrgetter("hits"), reverse=True)
    return [_shown(entry, now) for entry in found[:most]]


def merged(shown: Iterable[Shown], most: int) -> Sequence[Shown]:
    """Return the most used of what several processes have; each URL's most used."""
    found: dict[tuple[str, tuple[str, ...]], Shown] = {}
    for one in sorted(shown, key=operator.attrgetter("hits"), reverse=True):
        found.setdefault((one.url, one.codings), one)
    return list(found.values())[:most]


def _shown(entry: Stored, now: Instant) -> Shown:
    return Shown(
        url=entry.url.decode("latin-1"),
        status=entry.status,
        age=round(max(0.0, now - entry.born), 3),
        left=round(entry.fresh_until - now, 3),
        size=entry.size,
        hits=entry.hits,
        tags=tuple(tag.decode("latin-1") for tag in entry.tags[:_TAGS_SHOWN]),
        codings=tuple(sorted(name.decode("latin-1") for name in [*entry.codings])),
        private=bool(entry.owner),
    )
