"""Redis tier: stored responses that all pods share. A `storage.remote.Remote`.

A look-up and the question for new purges are one turn: what is given out was purged
by nobody whom the server knew of then. While a purge of ours has not reached the
server, nothing of it is given out at all.
"""

import asyncio
from contextlib import suppress

from sidecar.storage.entry import Stored, Variants
from sidecar.storage.envelope import ID, Envelope, Opened, key_digest
from sidecar.storage.labels import Cut
from sidecar.storage.redis_link import BEAT, RedisLink
from sidecar.storage.redis_purges import RedisPurges
from sidecar.storage.remote import Unreachable
from sidecar.units import Seconds, Timestamp

_MILLISECONDS = 1000


class RedisTier:
    """What was not written by us is removed."""

    def __init__(
        self, link: RedisLink, prefix: bytes, envelope: Envelope, purges: RedisPurges
    ) -> None:
        self._link = link
        self._prefix = prefix + b"e:"
        self._envelope = envelope
        self._purges = purges
        self._publishing: asyncio.Task[bool] | None = None
        self._beating: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Look for purges once a second; needs a running loop."""
        self._beating = asyncio.get_running_loop().create_task(self._beat())

    async def close(self) -> None:
        for task in (self._beating, self._publishing):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    @property
    def mark(self) -> int:
        return self._purges.known

    @property
    def patience(self) -> Seconds:
        return self._link.patience

    async def get(self, key: bytes) -> Opened | None:
        if self._purges.is_behind:
            return None
        digest = key_digest(key)
        name = self._name(digest)
        reply = self._link.ask("GET", name)
        try:
            await self._purges.read()
            data = await reply
        except Unreachable:
            return None
        finally:
            del reply  # as in `redis_link`
        if not isinstance(data, bytes) or self._purges.is_behind:
            return None
        found = self._envelope.opened(digest, data)
        if found is None:
            self._link.unread()
            self._link.tell("UNLINK", name)
            return None
        return self._unpurged(found, name)

    def put(
        self, key: bytes, entry: Stored | Variants, mark: int, wall: Timestamp
    ) -> None:
        left = int((entry.until - wall) * _MILLISECONDS)
        if left > 0:
            digest = key_digest(key)
            sealed = self._envelope.sealed(digest, entry, mark)
            self._link.tell("SET", self._name(digest), sealed, "PX", left)

    def remove(self, key: bytes) -> None:
        self._link.tell("UNLINK", self._name(key_digest(key)))

    def publish(self, cut: Cut) -> None:
        self._purges.add(cut)
        if self._publishing is None or self._publishing.done():
            loop = asyncio.get_running_loop()
            self._publishing = loop.create_task(self._purges.publish())

    async def told(self) -> bool:
        return await self._purges.publish()

    def _unpurged(self, found: Opened, name: bytes) -> Opened | None:
        if not isinstance(found.entry, Stored):
            return Opened(found.entry, 0)
        purged = self._purges.newest(found.entry, found.mark)
        if purged.hard:
            self._link.tell("UNLINK", name)
            return None
        return Opened(found.entry, purged.soft)

    def _name(self, digest: bytes) -> bytes:
        return self._prefix + digest[:ID].hex().encode()

    async def _beat(self) -> None:
        while True:
            if self._link.is_up:
                with suppress(Unreachable):
                    await self._purges.publish()
                    await self._purges.read()
            await asyncio.sleep(BEAT)
