"""Permitting: what each route has to be permitted by: breakers and places.

What `defaults` says is counted for each upstream, over all routes that take it from
there; what a route says itself is counted for the route.
"""

from dataclasses import dataclass
from functools import lru_cache

from sidecar.config import schema_protection as schema
from sidecar.config.policies import REMEMBERED, breaker_name
from sidecar.config.schema import Config
from sidecar.config.schema_routes import Route as RouteSection
from sidecar.policy.concurrency import Fixed, Gradient
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.failure import Counts
from sidecar.policy.pressure import Pressure
from sidecar.policy.queueing import Priority
from sidecar.policy.queueing import Settings as QueueSettings
from sidecar.policy.tripping import Settings
from sidecar.proxy.circuits import Wiring
from sidecar.proxy.clock import Clock
from sidecar.proxy.permits import Breaker, Guarded, Tally
from sidecar.proxy.places import Places, Rules
from sidecar.proxy.unbroken import UNBROKEN, Watching
from sidecar.proxy.unguarded import UNGUARDED, Permits
from sidecar.server.kept import Kept


@dataclass(frozen=True, slots=True)
class Permitting:
    """`workers` share what the file allows."""

    circuits: Wiring
    pressure: Pressure
    deadlines: Deadlines
    clock: Clock
    kept: Kept
    workers: int = 1

    def permits(self, config: Config, section: RouteSection, tally: Tally) -> Permits:
        places = tuple(self._places(config, section))
        if section.breaker is None and not places:
            return UNGUARDED
        return Guarded(
            self._breaker(config, section, tally),
            _counts(() if section.breaker is None else section.breaker.counts),
            tally,
            self.clock.now,
            places,
            Priority[section.priority.upper()],
        )

    def _breaker(self, config: Config, section: RouteSection, tally: Tally) -> Breaker:
        breaker = section.breaker
        if breaker is None:
            return UNBROKEN
        slow = breaker.slow_call
        settings = Settings(
            failure_rate=breaker.failure_rate,
            slow_duration=None if slow is None else slow.duration,
            slow_rate=1.0 if slow is None else slow.rate,
            min_requests=self._share(breaker.min_requests),
            window=breaker.window,
            open_for=breaker.open_for,
            max_open=breaker.max_open,
            probes=breaker.probes,
        )
        made = self.circuits.breaker(breaker_name(config, section), settings)
        return Watching(made, tally) if breaker.mode == "observe" else made

    def _places(self, config: Config, section: RouteSection) -> list[Places]:
        """The route's own first, then those of the upstream."""
        upstream = section.upstream or ""
        found = []
        if (own := section.concurrency) is not None:
            shared = own == config.defaults.concurrency
            whose = f"defaults {upstream}" if shared else f"route {section.name}"
            found.append(self._place(whose, own))
        if (whole := config.upstreams[upstream].concurrency) is not None:
            found.append(self._place(f"upstream {upstream}", whole))
        return found

    def _place(self, whose: str, section: schema.Concurrency) -> Places:
        most, queue = self._share(section.max), section.queue
        rules = Rules(
            None
            if queue is None
            else QueueSettings(self._share(queue.size), queue.timeout, queue.shed),
            enforced=section.mode == "enforce",
        )

        def make() -> Places:
            return Places(
                Gradient(most) if section.adaptive else Fixed(most),
                rules,
                pressure=self.pressure,
                deadlines=self.deadlines,
                clock=self.clock.now,
            )

        return self.kept.keep((whose, most, section.adaptive, rules), make)

    def _share(self, of: int) -> int:
        """One worker's part, rounded up."""
        return max(1, -(-of // self.workers))


_counts = lru_cache(REMEMBERED)(Counts.parse)
