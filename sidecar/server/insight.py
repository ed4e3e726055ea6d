"""Insight: what the health listener gets to see of a sidecar."""

from aiohttp import web

from sidecar.admin.health import HealthState, health_app
from sidecar.policy.readiness import Rule
from sidecar.server.sight import Sight


def health(sight: Sight) -> web.Application:
    state = HealthState(
        rule=lambda: Rule(sight.loaded.config.health.readiness),
        started=sight.started,
        draining=sight.draining,
        heartbeats=sight.heartbeats,
        upstreams=sight.upstreams,
        uptime=sight.uptime,
    )
    return health_app(state, sight.gather)
