"""Pods: what a worker shares with those of other hosts, by Redis.

Imported only where the configuration has a Redis: its client takes its time.
"""

from collections.abc import Iterator

from sidecar.config.schema_upstreams import Redis as Section
from sidecar.proxy.clock import Clock
from sidecar.storage.envelope import Envelope
from sidecar.storage.epochs import Epochs
from sidecar.storage.redis_client import redis_client
from sidecar.storage.redis_lease import RedisLeases
from sidecar.storage.redis_limits import RedisLimits
from sidecar.storage.redis_link import RedisLink
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.redis_tier import RedisTier
from sidecar.storage.seal import Checksum, Signature
from sidecar.telemetry.log import Log


class Pods:
    def __init__(
        self, section: Section, epochs: Epochs, clock: Clock, log: Log
    ) -> None:
        """Connect to nobody yet.

        Raises:
            ValueError: the URL says nothing that we know.
        """
        self._log = log
        self._prefix = section.prefix.encode()
        client = redis_client(section.url.get_secret_value(), section.timeout)
        self.link = RedisLink(client, section.timeout, clock.now, notice=self._notice)
        self.leases = RedisLeases(self.link, self._prefix)
        key = section.key
        # Pods must name users alike, and have nothing else in common.
        shared = (key or section.url).get_secret_value()
        self.secret = shared.encode()
        seal = Checksum() if key is None else Signature(key.get_secret_value().encode())
        purges = RedisPurges(self.link, self._prefix, epochs, clock.wall)
        self.tier = RedisTier(self.link, self._prefix, Envelope(seal), purges)

    def limits(self, scope: bytes) -> RedisLimits:
        """The buckets of one route."""
        return RedisLimits(self.link, self._prefix, scope)

    def start(self) -> None:
        self.tier.start()

    async def close(self) -> None:
        await self.tier.close()
        await self.link.close()

    def faults(self) -> Iterator[tuple[str, int]]:
        yield from self.link.faults.items()

    def _notice(self, reason: str) -> None:
        if reason:
            self._log.warning("redis_unreachable", reason=reason)
        else:
            self._log.info("redis_reached")
