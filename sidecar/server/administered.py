"""Administered: a sidecar, of one process or of many, as its own listeners see it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Protocol

from sidecar.admin.health import Health, HealthState
from sidecar.config.load import Loaded
from sidecar.policy.circuit import State
from sidecar.policy.readiness import Rule, UpstreamState
from sidecar.proxy.circuit_view import CircuitView
from sidecar.server.reloads import Outcome, Reloads
from sidecar.storage.listing import Shown
from sidecar.storage.store import Purge
from sidecar.telemetry.slow_log import SlowRequest
from sidecar.telemetry.snapshot import Snapshot
from sidecar.units import Seconds


class Administered(Protocol):
    """A sidecar, as far as it is shown and told what to do."""

    @property
    def loaded(self) -> Loaded:
        """What is in effect."""

    @property
    def on_reload(self) -> list[Callable[[Loaded], None]]:
        """Told of what is in effect from now on."""

    @property
    def reloads(self) -> Reloads: ...

    @property
    def gather(self) -> Callable[[], Awaitable[Snapshot]]: ...

    def started(self) -> bool: ...

    def draining(self) -> bool: ...

    def uptime(self) -> Seconds: ...

    def heartbeats(self) -> Mapping[str, Seconds]:
        """How long ago each worker's loop turned, by its name."""

    def upstreams(self) -> Sequence[UpstreamState]: ...

    async def slow(self) -> Sequence[SlowRequest]: ...

    async def entries(self) -> Sequence[Shown]:
        """Some of what is stored."""

    async def purge(self, purge: Purge) -> Mapping[str, bool]:
        """Purge what is stored; by tier, whether it was reached."""

    async def breakers(self) -> Sequence[CircuitView]: ...

    async def hold(self, name: str, state: State | None) -> bool:
        """Hold a circuit in a state, or none; whether there is one of that name."""

    def drain(self) -> None:
        """Stop being ready; go on serving."""

    async def reload(self) -> Outcome: ...


def health(sidecar: Administered) -> Health:
    """What the health listener shows of it."""
    state = HealthState(
        rule=lambda: Rule(sidecar.loaded.config.health.readiness),
        started=sidecar.started,
        draining=sidecar.draining,
        heartbeats=sidecar.heartbeats,
        upstreams=sidecar.upstreams,
        uptime=sidecar.uptime,
    )
    return Health(state, sidecar.gather)
