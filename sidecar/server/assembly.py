"""Assembly: turns the configuration into the values and objects that serve it.

The only place that reads the file's models; nothing below ever sees them.
"""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType

from sidecar.config import policies, schema_routes, schema_upstreams
from sidecar.config.schema import Config
from sidecar.config.schema_process import Limits as LimitsSection
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.edits import Edits
from sidecar.policy.routing import Router
from sidecar.policy.trust import Networks
from sidecar.proxy.route import Route, Timeouts, Tunnels
from sidecar.proxy.site import Site
from sidecar.server.connections import Bounds, affordable, granted
from sidecar.server.entrance import ClientTimeouts
from sidecar.server.gate import Limits
from sidecar.server.protection import Guards
from sidecar.server.renderings import Shop, rendering
from sidecar.telemetry.metrics import Metrics
from sidecar.units import Seconds
from sidecar.upstream.checks import HealthCheck
from sidecar.upstream.endpoint import Address
from sidecar.upstream.tls import Tls
from sidecar.upstream.upstream import Settings, Upstream

NO_TUNNELS = Tunnels(protocols=frozenset())


def upstreams(
    config: Config,
    deadlines: Deadlines,
    running: Mapping[str, Upstream] = MappingProxyType({}),
    workers: int = 1,
) -> dict[str, Upstream]:
    """Make upstreams, and keep those `running` that are asked for as they are.

    Raises:
        OSError: a certificate or key cannot be used.
    """
    found = {}
    for name, section in config.upstreams.items():
        settings, known = _settings(name, section, workers), running.get(name)
        keep = known is not None and known.settings == settings and _is_plain(settings)
        found[name] = known if keep and known else Upstream(settings, deadlines)
    return found


def _is_plain(settings: Settings) -> bool:
    """Whether no file has a part in it: certificates are read anew."""
    return not any(address.tls for address in settings.addresses)


def pseudonym() -> bytes:
    """What this sidecar, with all of its workers, calls itself in Via."""
    return b"sidecar-" + secrets.token_hex(4).encode("ascii")


def site(  # noqa: PLR0913, PLR0917 (what a site is made of)
    config: Config,
    upstreams: Mapping[str, Upstream],
    metrics: Metrics,
    pseudonym: bytes,
    guards: Sequence[Guards],
    shop: Shop,
) -> Site:
    """`guards` are those of the routes, in their order."""
    routes = [
        replace(
            _route(
                section,
                config.upstreams[section.upstream or ""],
                upstreams,
                metrics,
                shop,
            ),
            admission=guarded.admission,
            permits=guarded.permits,
            retrying=guarded.retrying,
            fallback=guarded.fallback,
        )
        for section, guarded in zip(config.routes, guards, strict=True)
    ]
    return Site(
        router=Router([policies.match(section.match) for section in config.routes]),
        routes=routes,
        trusted=Networks(str(network) for network in config.trusted_proxies),
        pseudonym=pseudonym,
    )


def limits(section: LimitsSection) -> Limits:
    return Limits(
        head=section.head,
        field=section.field,
        target=section.target,
        fields=section.fields,
        body=section.body,
    )


def connection_bounds(section: LimitsSection) -> Bounds:
    """How many client connections there may be."""
    limit = section.connections
    if limit == "auto":
        return Bounds(affordable(), per_address=section.connections_per_ip)
    return Bounds(granted(limit), limit, section.connections_per_ip)


def client_timeouts(config: Config) -> ClientTimeouts:
    timeouts = config.defaults.timeouts
    return ClientTimeouts(
        head=timeouts.client_head, idle=timeouts.client_idle, write=timeouts.write
    )


def _settings(name: str, section: schema_upstreams.Upstream, workers: int) -> Settings:
    tls = section.tls
    return Settings(
        name=name,
        addresses=tuple(Address.parse(str(url)) for url in section.url),
        balance=section.balance,
        # The workers share what the file allows.
        connections=max(1, section.connections // workers),
        keepalive=section.keepalive,
        max_age=section.max_age,
        health=_health(section.health),
        tls=Tls(
            verify=tls.verify,
            ca=tls.ca,
            server_name=tls.server_name,
            cert=tls.cert,
            key=tls.key,
        ),
    )


def _health(section: schema_upstreams.UpstreamHealth | None) -> HealthCheck | None:
    if section is None:
        return None
    low, _, high = section.status.partition("-")
    return HealthCheck(
        path=section.path.encode("ascii"),
        interval=section.interval,
        timeout=section.timeout,
        healthy=section.healthy,
        unhealthy=section.unhealthy,
        statuses=range(int(low), int(high or low) + 1),
    )


def _route(
    section: schema_routes.Route,
    upstream: schema_upstreams.Upstream,
    upstreams: Mapping[str, Upstream],
    metrics: Metrics,
    shop: Shop,
) -> Route:
    timeouts, headers = section.timeouts, section.headers
    counts = metrics.route(section.name)
    return Route(
        name=section.name,
        upstream=upstreams[section.upstream or ""],
        timeouts=_timeouts(timeouts, upstream.max_wait),
        host=_host(upstream.host),
        request_edits=_edits(headers.request, timeouts.tell),
        response_edits=_edits(headers.response),
        tunnels=_tunnels(section.upgrade),
        rendering=rendering(section, shop, counts.lightness),
        gauge=counts,
    )


@lru_cache(policies.REMEMBERED)
def _timeouts(section: schema_routes.Timeouts, slot: Seconds | None) -> Timeouts:
    return Timeouts(
        connect=section.connect,
        request=section.request,
        between_bytes=section.between_bytes,
        client_body=section.client_body,
        write=section.write,
        slot=slot,
        tell=(section.tell or "").lower().encode("ascii"),
    )


def _host(setting: str) -> bytes | None:
    fixed = {"preserve": None, "upstream": b""}
    return fixed[setting] if setting in fixed else setting.encode("ascii")


def _edits(section: schema_routes.Edit, ours: str | None = None) -> Edits:
    """`ours` is a field that nobody else's is passed on beside."""
    return Edits.of(section.set, [*section.remove, *([ours] if ours else [])])


def _tunnels(section: schema_routes.Upgrade | None) -> Tunnels:
    if section is None:
        return NO_TUNNELS
    return Tunnels(
        protocols=frozenset(name.lower().encode() for name in section.protocols),
        idle=section.idle,
        lifetime=section.lifetime,
        limit=section.connections,
        origins=frozenset(origin.encode() for origin in section.origins),
    )
