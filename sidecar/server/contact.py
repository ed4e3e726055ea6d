"""Contact: knocks at the upstreams, so that readiness does not wait for traffic.

With `first-contact` each is knocked at until it was reached once; with `follow`
for ever. A knock is a connection that is opened and kept for the first request.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection

from sidecar.errors import UpstreamFailed
from sidecar.policy.readiness import Rule, UpstreamState
from sidecar.proxy.clock import Clock
from sidecar.telemetry.log import Log
from sidecar.units import Instant, Seconds
from sidecar.upstream.upstream import Upstream

FIRST: Seconds = 0.5
AGAIN: Seconds = 5.0
PATIENCE: Seconds = 2.0


def state(upstream: Upstream, *, met: bool) -> UpstreamState:
    """How an upstream is found; `met`: there was contact with all, once."""
    return UpstreamState(
        name=upstream.name,
        contacted=met or upstream.contacted,
        healthy=upstream.failing_since is None,
        detail=upstream.last_error or "",
    )


class Contact:
    def __init__(
        self,
        upstreams: Collection[Upstream],
        rule: Rule,
        clock: Clock,
        log: Log,
        rest: Callable[[Seconds], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """`rest` waits for so long."""
        self._upstreams = upstreams
        self._rule = rule
        self._clock = clock
        self._log = log
        self._rest = rest

    async def run(self) -> None:
        """Knock until that is no longer needed."""
        quiet = set(self._upstreams)
        while self._rule is Rule.FOLLOW or quiet:
            for upstream in self._upstreams:
                if self._rule is Rule.FOLLOW or not upstream.contacted:
                    await self._knock(upstream, first=upstream in quiet)
            quiet = {one for one in quiet if not one.contacted}
            await self._rest(FIRST if quiet else AGAIN)

    async def _knock(self, upstream: Upstream, *, first: bool) -> None:
        due = Instant(self._clock.now() + PATIENCE)
        known = upstream.last_error
        try:
            connection = await upstream.acquire(connect=PATIENCE, due=due, fresh=True)
        except UpstreamFailed as error:
            if upstream.last_error != known:
                self._log.warning(
                    "upstream not reachable yet" if first else "upstream not reachable",
                    upstream=upstream.name,
                    error=error.code,
                    detail=error.detail,
                )
        else:
            connection.release()
            if first or known:
                self._log.info("upstream reached", upstream=upstream.name)
