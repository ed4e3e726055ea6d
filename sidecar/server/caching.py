"""Caching: the caches of a worker's routes, made of what the configuration says."""

import random
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, NamedTuple

from sidecar.config import policies
from sidecar.config.schema import MAX_ROUTES, Config
from sidecar.config.schema_cache import Cache as CacheSection
from sidecar.config.schema_cache import Conditional
from sidecar.config.schema_policies import Compression
from sidecar.policy.edits import Edits
from sidecar.policy.freshness import Rules
from sidecar.policy.invalidation import Also
from sidecar.proxy.cache import RouteCache
from sidecar.proxy.cache_shared import Lookups, Shared, Storing
from sidecar.proxy.cached_answer import CachedAnswer
from sidecar.proxy.clock import Clock
from sidecar.proxy.keep import Keeper, Keeping
from sidecar.proxy.observed_cache import ObservedCache
from sidecar.proxy.phases import NO_CACHE, Cache
from sidecar.proxy.ready import Popular, Writer, nothing
from sidecar.proxy.site import Site
from sidecar.proxy.users import ANYBODY, Apart, Proven, nobody
from sidecar.proxy.verdicts import Verdicts
from sidecar.server.kept import Kept
from sidecar.storage.held_leases import HeldLeases
from sidecar.storage.store import Store
from sidecar.telemetry.cache_counts import CacheCounts
from sidecar.units import Bytes

if TYPE_CHECKING:
    from sidecar.proxy.refining import Refining


class Lighter(NamedTuple):
    """How the responses of a route become lighter, if they do."""

    compression: Compression | None = None
    conditional: Conditional | None = None


NOT_LIGHTER = Lighter()
# As many as routes may be at once; what comes by reloads then is named from the start.
MOST_NAMES = MAX_ROUTES + 1


class Caching:
    """Of one worker: what is stored outlives a change of configuration."""

    def __init__(
        self,
        store: Store,
        counts: CacheCounts,
        clock: Clock,
        leases: HeldLeases | None = None,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self.store = store
        self.refining: Refining | None = None
        """What is told of popular entries."""
        self._shared = Shared(store, chance, counts, leases=leases)
        self._clock = clock
        self._made = Kept()
        self._first: dict[str, tuple[object, ...]] = {}
        """By route: what decides how its first responses were rendered."""

    def applied(self, site: Site, config: Config, proven: Proven = nobody) -> Site:
        """The site with the caches of its routes; `proven` says who asks."""
        apart = Apart(policies.credentials(config), proven)
        self._made = Kept()
        routes = [
            replace(
                route,
                cache=self.cache(
                    route.name,
                    section.cache,
                    route.response_edits,
                    lighter=Lighter(section.compression, section.conditional),
                    apart=apart,
                ),
            )
            for route, section in zip(site.routes, config.routes, strict=True)
        ]
        return replace(site, routes=routes)

    def cache(
        self,
        route: str,
        section: CacheSection | None,
        edits: Edits,
        *,
        lighter: Lighter = NOT_LIGHTER,
        apart: Apart = ANYBODY,
    ) -> Cache:
        """The cache of a route, whose responses are edited and coded like that."""
        if section is None:
            return NO_CACHE
        kind = RouteCache if section.mode == "enforce" else ObservedCache
        return kind(
            Lookups(
                policies.cache_key(route, section.key),
                collapse=section.collapse,
                ignores_no_cache=section.ignore_client_no_cache,
                # Coding is ours, so that the upstream need not.
                identity_encoding=lighter.compression is not None,
                apart=apart,
            ),
            self._answered(
                section, edits, lighter.compression, self._name(route, edits, lighter)
            ),
        )

    def _name(self, route: str, *rendering: object) -> bytes:
        """What its renditions are called; nothing, until a reload changes them.

        A route that is gone is remembered, for what is stored of it may be there yet.
        """
        first = self._first.get(route)
        if first is None and len(self._first) < MOST_NAMES:
            first = self._first[route] = rendering
        if first == rendering:
            return b""
        return blake2b(repr(rendering).encode(), digest_size=8).digest()

    def _answered(
        self,
        section: CacheSection,
        edits: Edits,
        compression: Compression | None,
        name: bytes,
    ) -> CachedAnswer:
        """The same for all routes that say the same."""
        recodes = compression is not None
        padding = compression.padding if compression and compression.refine else None

        def make() -> CachedAnswer:
            storing = Storing(
                section.max_size, section.early_refresh, Also.of(section.invalidates)
            )
            keeping = _keeping(section, recodes=recodes)
            keeper = Keeper(keeping, self.store, self._clock)
            popular = self._popular(padding)
            writer = Writer(
                edits,
                self.store,
                debug=section.debug,
                popular=popular,
                name=name,
                largest=section.max_size,
            )
            verdicts = Verdicts(storing, self._shared, keeper, writer, self._clock)
            return CachedAnswer(storing, verdicts, self._clock)

        return self._made.keep((section, edits, recodes, padding, name), make)

    def _popular(self, padding: Bytes | None) -> Popular:
        """What is told of what is asked for often; None: nobody."""
        if self.refining is None or padding is None:
            return nothing
        return partial(self.refining.note, padding)


def _keeping(section: CacheSection, *, recodes: bool) -> Keeping:
    known = frozenset(name.lower().encode() for name in section.key.headers)
    if recodes:
        known |= {b"accept-encoding"}
    return Keeping(
        Rules(
            ttl=section.ttl,
            override=section.override,
            statuses=frozenset(section.statuses),
            negative_ttl=section.negative_ttl,
            stale_while_revalidate=section.stale_while_revalidate,
            stale_if_error=section.stale_if_error,
            heuristic=section.heuristic,
            jitter=section.jitter,
        ),
        errors=section.errors,
        max_size=section.max_size,
        tags=tuple(tag.encode() for tag in section.tags),
        known=known,
    )
