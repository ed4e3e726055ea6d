"""Cache counts: what the cache did, as plain numbers (`cache_operations_total`)."""

from dataclasses import dataclass, fields


@dataclass(slots=True)
class CacheCounts:
    """Of `get`: each request that a cache was asked about counts once.

    locked: keys whose answers differ between identities. refreshed, unrefreshed:
    background fetches that brought something, and that failed.
    """

    hit: int = 0
    miss: int = 0
    stale: int = 0
    bypass: int = 0
    collapsed: int = 0
    revalidated: int = 0
    stored: int = 0
    unstored: int = 0
    locked: int = 0
    refreshed: int = 0
    unrefreshed: int = 0

    def count(self, result: str) -> None:
        setattr(self, result, getattr(self, result) + 1)


GET = tuple(field.name for field in fields(CacheCounts))[:6]
