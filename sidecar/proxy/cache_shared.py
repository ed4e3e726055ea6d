"""Cache, shared: what the caches of a worker have in common, and what routes say."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sidecar.policy.cache_key import CacheKey
from sidecar.policy.hit_for_miss import HitForMiss
from sidecar.policy.invalidation import NOTHING_ELSE, Also
from sidecar.proxy.collapse import Flights
from sidecar.proxy.users import ANYBODY, Apart
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.store import Store
from sidecar.telemetry.cache_counts import CacheCounts
from sidecar.units import Bytes


@dataclass(slots=True)
class Shared:
    """`chance` is from 0 to 1; `barren` remembers what was not storable."""

    store: Store
    chance: Callable[[], float]
    counts: CacheCounts = field(default_factory=CacheCounts)
    leases: HeldLeases | None = None
    flights: Flights = field(default_factory=Flights)
    barren: HitForMiss = field(default_factory=HitForMiss)


@dataclass(frozen=True, slots=True)
class Storing:
    """What one route says of what comes back; the keys of `cache`."""

    max_size: Bytes = 4 * 1024 * 1024
    early_refresh: bool = True
    also: Also = NOTHING_ELSE


@dataclass(frozen=True, slots=True)
class Lookups:
    """What a route says of answering: keys of `cache`, what tells users `apart`.
    `identity_encoding`: the upstream is asked for content without coding.
    """

    key: CacheKey
    collapse: bool = True
    ignores_no_cache: bool = False
    identity_encoding: bool = False
    apart: Apart = ANYBODY
