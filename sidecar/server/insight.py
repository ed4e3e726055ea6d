"""Insight: what the health listener gets to see of a sidecar."""

from sidecar.admin.health import Health, HealthState
from sidecar.policy.readiness import Rule
from sidecar.server.sight import Sight


def health(sight: Sight) -> Health:
    state = HealthState(
        rule=lambda: Rule(sight.loaded.config.health.readiness),
        started=sight.started,
        draining=sight.draining,
        heartbeats=sight.heartbeats,
        upstreams=sight.upstreams,
        uptime=sight.uptime,
    )
    return Health(state, sight.gather)
