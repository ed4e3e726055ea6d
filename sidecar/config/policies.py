"""Policies: sections of the file as the values that routes are decided by.

For whoever serves by them, and for whoever explains what they would decide.
"""

from functools import lru_cache

from sidecar.config import schema_cache, schema_policies, schema_routes
from sidecar.config.schema import Config
from sidecar.config.schema_identity import IdentitySource
from sidecar.policy.cache_key import NO_QUERY, WHOLE_QUERY, CacheKey, Query, SomeQuery
from sidecar.policy.compression import NO_COMPRESSION, Compression
from sidecar.policy.identity import ApiKey, Cookie, Digest, Source, TrustedField
from sidecar.policy.match import Match
from sidecar.policy.media_types import MediaTypes
from sidecar.policy.ownership import CREDENTIALS

REMEMBERED = 64
"""Values made of sections that are the same: most routes say what all others do."""


def match(section: schema_routes.Match) -> Match:
    methods = section.methods
    return Match(
        path=section.path,
        methods=None
        if methods is None
        else frozenset(method.encode() for method in methods),
        host=None if section.host is None else section.host.encode(),
        fields={
            name.lower().encode(): value.encode()
            for name, value in section.headers.items()
        },
    )


def cache_key(route: str, section: schema_cache.CacheKey) -> CacheKey:
    return CacheKey(
        scope=route.encode(),
        query=_query(section.query),
        headers=tuple(name.lower().encode() for name in section.headers),
        cookies=tuple(name.encode() for name in section.cookies),
        by_identity=section.by_identity,
    )


@lru_cache(REMEMBERED)
def compression(section: schema_policies.Compression | None) -> Compression:
    if section is None:
        return NO_COMPRESSION
    return Compression(
        min_size=section.min_size,
        codings=tuple(name.encode() for name in section.encodings),
        types=MediaTypes(section.types),
        opt_out=section.opt_out.lower().encode(),
        credentials=section.credentials,
    )


def breaker_name(config: Config, section: schema_routes.Route) -> str:
    """The upstream's; the route's, where it has settings of its own."""
    if section.breaker == config.defaults.breaker:
        return section.upstream or ""
    name = section.name
    if name not in config.upstreams:
        return name
    own = f"{name}.route"
    if own in config.upstreams or any(route.name == own for route in config.routes):
        return f"{name}:route"  # as nothing else may be called
    return own


def limit_name(config: Config, section: schema_routes.Route, index: int) -> str:
    """The name of the route's rate limit; those from `defaults` count together."""
    limit = section.rate_limit[index]
    if limit.name:
        return limit.name
    inherited = config.defaults.rate_limit
    route = "default" if section.rate_limit == inherited else section.name
    return route if len(section.rate_limit) == 1 else f"{route}-{index + 1}"


def keyless(section: IdentitySource, keyed: Digest) -> Source | None:
    """What says who asks, hashed by `keyed`; None for a token, and for an address."""
    if section.api_key is not None:
        return ApiKey(section.api_key.header.lower().encode(), keyed)
    if section.header is not None:
        tier = section.header.tier
        return TrustedField(
            section.header.name.lower().encode(),
            None if tier is None else tier.lower().encode(),
            keyed,
        )
    if section.cookie is not None:
        return Cookie(section.cookie.name.encode(), keyed)
    return None


def credentials(config: Config) -> frozenset[bytes]:
    """The fields by which the application, or we, may know who asks."""
    named = [
        *(source.jwt.header for source in config.identity if source.jwt),
        *(source.api_key.header for source in config.identity if source.api_key),
        *(source.header.name for source in config.identity if source.header),
    ]
    return CREDENTIALS.union(name.lower().encode() for name in named)


def _query(setting: str | tuple[str, ...] | schema_cache.Except) -> Query:
    if isinstance(setting, schema_cache.Except):
        return SomeQuery(_names(setting.names), others=True)
    if isinstance(setting, tuple):
        return SomeQuery(_names(setting))
    return NO_QUERY if setting == "none" else WHOLE_QUERY


def _names(names: tuple[str, ...]) -> frozenset[bytes]:
    return frozenset(name.encode() for name in names)
