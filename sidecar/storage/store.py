"""Store: what the way of a request sees of the tiers behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sidecar.storage.entry import Entry, Mark, Stored
from sidecar.units import Seconds


@dataclass(init=False, slots=True)
class Purge:
    """What is to go, or with `soft` only to be stale from now on.

    One comes with every request that changes something, so it is not frozen, and its
    `__init__` is its own: what a dataclass makes is not compiled.

    urls: scheme, authority and target; all entries of one go, whatever their key.
    patterns: of paths, as in `match.path`. origin: with it, `patterns` are meant for
        this scheme and authority alone (`http://example.com`).
    """

    urls: tuple[bytes, ...]
    tags: tuple[bytes, ...]
    patterns: tuple[bytes, ...]
    origin: bytes
    everything: bool
    soft: bool

    def __init__(  # noqa: PLR0913 (one for each field)
        self,
        urls: tuple[bytes, ...] = (),
        tags: tuple[bytes, ...] = (),
        patterns: tuple[bytes, ...] = (),
        origin: bytes = b"",
        *,
        everything: bool = False,
        soft: bool = False,
    ) -> None:
        self.urls = urls
        self.tags = tags
        self.patterns = patterns
        self.origin = origin
        self.everything = everything
        self.soft = soft


class Store(Protocol):
    """Never raises for what a tier does; a tier that fails is a miss."""

    @property
    def remote(self) -> bool:
        """Whether `fetch` may find what `get` did not."""

    @property
    def patience(self) -> Seconds | None:
        """How long one request may wait for `fetch`, all in all; None: no limit."""

    def get(self, key: bytes) -> Entry | None:
        """Return what the local tiers hold; settled, and with purges applied.

        What is past its `until`, or purged, is not there.
        """

    def beneath(self, key: bytes) -> Entry | None:
        """Return what local tiers below the nearest hold; `get` finds it from now on,
        where it is the fresher one.
        """

    def mark(self) -> Mark:
        """Return the moment among purges, for `Stored.mark`; to be asked before a
        fetch or a validation begins: what was purged meanwhile is not stored as new.
        """

    def is_current(self, entry: Stored) -> bool:
        """Whether it is fresh, and no purge since its mark is meant for it."""

    async def fetch(self, key: bytes) -> Entry | None:
        """Return what the remote tier holds; None too where it is late or broken."""

    def put(self, key: bytes, entry: Entry) -> None:
        """Store in all tiers, the remote one behind the caller's back.

        Again for the same entry after it grew: a coding, a rendition.
        """

    def after_writes(self, then: Callable[[], None]) -> None:
        """Call `then` when what was put so far is where others find it."""

    def remove(self, key: bytes) -> None: ...

    def purge(self, purge: Purge) -> None:
        """Carried out at once here, and everywhere else as soon as can be."""
