"""Insight: what the health and the admin listener get to see of a worker."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from sidecar import __version__
from sidecar.admin.access import Access
from sidecar.admin.api import Control, admin_app
from sidecar.admin.health import HealthState, health_app
from sidecar.admin.stats import stats
from sidecar.config.load import Loaded, effective
from sidecar.policy.readiness import Rule, UpstreamState
from sidecar.server.drain import Drain
from sidecar.server.instruments import Instruments
from sidecar.telemetry.snapshot import Snapshot
from sidecar.units import Seconds
from sidecar.upstream.upstream import Upstream


@dataclass(frozen=True, slots=True)
class Seen:
    """A worker, as far as it is shown."""

    loaded: Loaded
    instruments: Instruments
    gather: Callable[[], Awaitable[Snapshot]]
    upstreams: tuple[Upstream, ...]
    drain: Drain
    started: Callable[[], bool]
    uptime: Callable[[], Seconds]


def health(seen: Seen) -> web.Application:
    lag = seen.instruments.lag
    state = HealthState(
        rule=Rule(seen.loaded.config.health.readiness),
        started=seen.started,
        draining=lambda: seen.drain.draining,
        heartbeats=lambda: {"1": lag.age},
        upstreams=lambda: [_state(one) for one in seen.upstreams],
        uptime=seen.uptime,
    )
    return health_app(state, seen.gather)


def admin(seen: Seen) -> web.Application:
    instruments, section = seen.instruments, seen.loaded.config.admin

    async def document() -> Mapping[str, object]:
        return stats(await seen.gather(), uptime=seen.uptime())

    control = Control(
        stats=document,
        config=partial(effective, seen.loaded),
        slow=instruments.slow.slowest,
        drain=seen.drain.begin,
    )
    token = section.token
    access = Access(
        token=None if token is None else token.get_secret_value(), hosts=section.hosts
    )
    return admin_app(control, access, version=__version__)


def _state(upstream: Upstream) -> UpstreamState:
    return UpstreamState(
        name=upstream.name,
        contacted=upstream.contacted,
        healthy=upstream.failing_since is None,
        detail=upstream.last_error or "",
    )
