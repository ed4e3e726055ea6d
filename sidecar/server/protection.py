"""Protection: what guards upstreams and this process, made from the configuration.

One for each worker. Breakers, places, budgets and buckets outlive a reload, as far as
their settings do.
"""

import random
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidecar.config import schema_protection as schema
from sidecar.config.schema import Config
from sidecar.policy.buckets import Buckets, LocalBuckets
from sidecar.policy.deadlines import Deadlines
from sidecar.proxy.circuits import Circuits, Shared, Wiring
from sidecar.proxy.clock import Clock
from sidecar.proxy.fallback import NO_FALLBACK, Configured, Fallback
from sidecar.proxy.per_user import UsersElsewhere, alone
from sidecar.proxy.phases import Admission
from sidecar.proxy.remote_admission import RemoteBuckets
from sidecar.proxy.retrying import Retrying
from sidecar.proxy.unguarded import Permits
from sidecar.proxy.users import Proven
from sidecar.server.kept import Kept
from sidecar.server.limiting import Limiting, Means
from sidecar.server.permitting import Permitting
from sidecar.server.retries import retrying
from sidecar.server.signs import Signs
from sidecar.units import Instant, Seconds

if TYPE_CHECKING:
    from sidecar.server.key_sets import KeySet

# How often `tick` is called, and how late a deadline may be noticed.
TICK: Seconds = 0.1


@dataclass(frozen=True, slots=True)
class Guards:
    """What a route gets of it."""

    admission: Admission
    permits: Permits
    retrying: Retrying
    fallback: Fallback


@dataclass(frozen=True, slots=True)
class Plan:
    """What protects under a configuration that may be about to be in effect."""

    guards: tuple[Guards, ...]
    """Of each route, in their order."""
    key_sets: "tuple[KeySet, ...]"
    proven: Proven
    """Who asks."""
    circuits: Wiring
    kept: Kept


@dataclass(frozen=True, slots=True)
class Common:
    """What all workers of a sidecar have in common.

    `secret` keys the hashes of identities; None: there is nobody to share with.
    """

    workers: int = 1
    shared: Shared | None = None
    buckets: Buckets | None = None
    secret: bytes | None = None
    remote: Callable[[bytes], RemoteBuckets] | None = None
    elsewhere: Callable[[bytes], UsersElsewhere] = alone
    chance: Callable[[], float] = random.random


ALONE = Common()


class Protection:
    def __init__(
        self,
        signs: Signs,
        clock: Clock,
        deadlines: Deadlines,
        common: Common = ALONE,
    ) -> None:
        self._common = common
        self.workers = common.workers
        self.buckets = LocalBuckets() if common.buckets is None else common.buckets
        self.circuits = Circuits(
            clock=clock.now, chance=common.chance, watcher=signs, shared=common.shared
        )
        self._signs = signs
        self._clock = clock
        self._deadlines = deadlines
        self._means = Means(
            self.buckets,
            common.secret or secrets.token_bytes(32),
            common.remote,
            common.elsewhere,
        )
        self._kept = Kept()

    def plan(self, config: Config) -> Plan:
        """Plan for a configuration; nothing changes by it, in whatever thread it is.

        Raises:
            OSError, ValueError: a key for tokens cannot be used.
        """
        signs = self._signs
        limiting = Limiting(config, self._means, signs.metrics, self._clock)
        circuits, kept = self.circuits.wiring(), self._kept.successor()
        permitting = Permitting(
            circuits, signs.pressure, self._deadlines, self._clock, kept, self.workers
        )
        guards = tuple(
            Guards(
                admission=limiting.admission(section),
                permits=permitting.permits(
                    config, section, signs.metrics.route(section.name).shed
                ),
                retrying=retrying(
                    section, kept, signs, self._common.chance, workers=self.workers
                ),
                fallback=_fallback(section.breaker),
            )
            for section in config.routes
        )
        return Plan(
            guards, tuple(limiting.key_sets), limiting.asker.proven, circuits, kept
        )

    def use(self, plan: Plan) -> None:
        """Protect as planned from now on."""
        self._kept = plan.kept
        self._kept.settle()
        self.circuits.use(plan.circuits)
        self._signs.show({name: one.state for name, one in self.circuits})

    def tick(self, now: Instant) -> None:
        """Look at what other workers found."""
        self.circuits.tick(now)


def _fallback(section: schema.Breaker | None) -> Fallback:
    if section is None or section.fallback is None:
        return NO_FALLBACK
    fallback = section.fallback
    return Configured(
        fallback.status, fallback.content_type.encode(), fallback.body.encode()
    )
