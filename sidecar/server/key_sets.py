"""Key sets: the keys that signed tokens are verified with, fetched and fetched again.

Never while a request waits: until a set was fetched its tokens are not believed. When
tokens name a key that is not there, the set is fetched soon, but not for each of them.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sidecar.telemetry.log import Log
from sidecar.telemetry.redaction import redacted
from sidecar.units import Instant, Seconds

if TYPE_CHECKING:
    from sidecar.policy.tokens import Keys

AGAIN: Seconds = 300.0
# After a failure, and where a key is missed.
SOON: Seconds = 10.0
LOOK: Seconds = 1.0

Fetch = Callable[[str], Awaitable[bytes]]
Client = Callable[[], AbstractAsyncContextManager[Fetch]]


@dataclass(frozen=True, slots=True)
class KeySet:
    """One source's; `keys` is what its tokens are verified with."""

    url: str
    algorithms: tuple[str, ...]
    keys: "Keys"


class Fetched:
    """When a set was asked for last, and how many tokens had missed a key then."""

    __slots__ = ("asked", "failed", "missed", "of")

    def __init__(self, of: KeySet) -> None:
        self.of = of
        self.asked: Instant | None = None
        self.failed = False
        self.missed = 0

    def is_due(self, now: Instant) -> bool:
        if self.asked is None:
            return True
        wants = self.failed or self.of.keys.missed > self.missed
        return now >= self.asked + (SOON if wants else AGAIN)


class KeySets:
    def __init__(self, clock: Callable[[], Instant], log: Log) -> None:
        self._clock = clock
        self._log = log
        self._sets: list[Fetched] = []
        self._task: asyncio.Task[None] | None = None

    def use(self, sets: Iterable[KeySet]) -> None:
        """Fetch these from now on, and begin at once; known keys hold meanwhile."""
        self.stop()
        before = {(one.of.url, one.of.algorithms): one.of.keys for one in self._sets}
        self._sets = [Fetched(one) for one in sets]
        for one in self._sets:
            known = before.get((one.of.url, one.of.algorithms))
            if known is not None:
                one.of.keys.adopt(known)
        if self._sets:
            self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _run(self) -> None:
        fetching = await self._loaded()
        async with fetching() as fetch:
            while True:
                for one in self._sets:
                    if one.is_due(self._clock()):
                        await self._fetch(fetch, one)
                await asyncio.sleep(LOOK)

    async def _loaded(self) -> Client:
        """What fetches, loaded in a thread: as soon as there is one."""
        told = False
        while True:
            try:
                return await asyncio.to_thread(_client)
            # As below; a process may have no descriptor or thread for a moment.
            except Exception as error:  # noqa: BLE001
                if not told:
                    fault = type(error).__name__
                    self._log.warning("key sets not fetched yet", error=fault)
                told = True
                await asyncio.sleep(LOOK)

    async def _fetch(self, fetch: Fetch, one: Fetched) -> None:
        one.asked, one.missed = self._clock(), one.of.keys.missed
        fault = ""
        try:
            document = await fetch(one.of.url)
            one.of.keys.replace(document, one.of.algorithms)
        except ValueError as error:
            fault = str(error)
        # Nothing must end the task, for then no set would be fetched any more.
        except Exception as error:  # noqa: BLE001
            fault = type(error).__name__
        if fault and not one.failed:
            self._log.warning("key set not fetched", url=_shown(one), error=fault)
        elif one.failed and not fault:
            self._log.info("key set fetched", url=_shown(one))
        one.failed = bool(fault)


def _client() -> Client:
    from sidecar.server.key_documents import fetching  # noqa: PLC0415 - loads aiohttp

    return fetching


def _shown(one: Fetched) -> bytes:
    return redacted(one.of.url.encode())
