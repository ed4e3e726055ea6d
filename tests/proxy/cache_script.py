"""A cached route for tests: a store that keeps what it is given, and a clock to move."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.edits import NO_EDITS
from sidecar.policy.freshness import Rules
from sidecar.proxy.cache import RouteCache
from sidecar.proxy.cache_shared import Lookups, Shared, Storing
from sidecar.proxy.cached_answer import CachedAnswer
from sidecar.proxy.keep import Keeper, Keeping
from sidecar.proxy.ready import Writer
from sidecar.proxy.verdicts import Verdicts
from sidecar.storage.entry import Entry, Mark, Stored
from sidecar.storage.store import Purge
from sidecar.units import Instant, Timestamp

if TYPE_CHECKING:
    from sidecar.proxy.clock import Clock

EPOCH = 1_700_000_000.0
KEY = b"http://example.org/ 7:default"


class Hands:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.passed = 0.0

    def now(self) -> Instant:
        return Instant(1000.0 + self.passed)

    def wall(self) -> Timestamp:
        return Timestamp(EPOCH + self.passed)

    def date(self) -> bytes:
        return b"Tue, 14 Nov 2023 22:13:20 GMT"


class Shelf:
    """A store that forgets nothing but what it is told to."""

    remote = False
    patience: float | None = None

    def __init__(self) -> None:
        self.entries: dict[bytes, Entry] = {}
        self.elsewhere: dict[bytes, Entry] = {}
        self.below: dict[bytes, Entry] = {}
        self.purged: list[Purge] = []

    def get(self, key: bytes) -> Entry | None:
        return self.entries.get(key)

    def beneath(self, key: bytes) -> Entry | None:
        return self.below.get(key)

    def mark(self) -> Mark:
        return (0, 0)

    def is_current(self, entry: Stored) -> bool:
        return not any(entry.url in purge.urls for purge in self.purged)

    async def fetch(self, key: bytes) -> Entry | None:
        return self.elsewhere.get(key)

    def put(self, key: bytes, entry: Entry) -> None:
        self.entries[key] = entry

    def after_writes(self, then: Callable[[], None]) -> None:
        then()

    def remove(self, key: bytes) -> None:
        self.entries.pop(key, None)

    def purge(self, purge: Purge) -> None:
        self.purged.append(purge)
        for key, entry in [*self.entries.items()]:
            if entry.url in purge.urls:
                del self.entries[key]


class Scene:
    """The caches of one route, all parts of it at hand."""

    def __init__(self, **options: Any) -> None:
        self.hands = Hands()
        clock = options.pop("clock", None) or cast("Clock", self.hands)
        self.shelf = Shelf()
        self.chances = [0.0]
        self.shared = Shared(self.shelf, lambda: self.chances[0])
        rules = options.pop("rules", Rules(jitter=0))
        key = options.pop("key", CacheKey(b"default"))
        storing = options.pop("storing", Storing())
        edits = options.pop("edits", NO_EDITS)
        debug = options.pop("debug", True)
        keeping = options.pop("keeping", {})
        self.writer = Writer(edits, self.shelf, debug=debug)
        self.keeper = Keeper(Keeping(rules, **keeping), self.shelf, clock)
        self.verdicts = Verdicts(storing, self.shared, self.keeper, self.writer, clock)
        self.answered = CachedAnswer(storing, self.verdicts, clock)
        self.cache = RouteCache(Lookups(key, **options), self.answered)

    @property
    def counts(self) -> dict[str, int]:
        counts = self.shared.counts
        return {name: n for name in counts.__slots__ if (n := getattr(counts, name))}
