"""Refining: popular stored bodies are coded again when there is time, much smaller.

    a hit, now and then ─▶ popular ─▶ there is time ─▶ a thread ─▶ in its place

One at a time, for one worker. Nobody waits for it: until it is done the faster form
goes out. What became of the entry meanwhile comes first.
"""

import asyncio
from collections.abc import Awaitable, Callable
from secrets import randbelow
from time import thread_time
from typing import NamedTuple

from sidecar.coding.finest import FINEST, Levels, compress, level
from sidecar.policy.pressure import Pressure
from sidecar.policy.refining import LATER, REST, Waiting, is_time, is_worth
from sidecar.proxy.idle_thread import in_idle_thread
from sidecar.proxy.rendition import refine
from sidecar.semantics.accept_encoding import IDENTITY
from sidecar.semantics.entity_tags import is_refined
from sidecar.storage.entry import Stored
from sidecar.storage.store import Store
from sidecar.telemetry.lightness import Lightness
from sidecar.units import Bytes, Seconds


class Wish(NamedTuple):
    """`padding`: of random bytes, the most that it may get (BREACH)."""

    key: bytes
    coding: bytes
    padding: Bytes


class Refining:
    """Of one worker; `rest` waits for so long."""

    def __init__(
        self,
        store: Store,
        pressure: Pressure,
        lightness: Lightness,
        levels: Levels = FINEST,
        *,
        rest: Callable[[Seconds], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._pressure = pressure
        self._lightness = lightness
        self._levels = levels
        self._rest = rest
        self._waiting: Waiting[Wish] = Waiting()
        self._task: asyncio.Task[None] | None = None

    def note(
        self, padding: Bytes, key: bytes, entry: Stored, content: bytes, left: Seconds
    ) -> None:
        """`content`, a form of this entry, is sent often; fresh for what is `left`."""
        validates = bool(entry.etag or entry.last_modified)
        coding = _plain(entry, content)
        if coding is None or not is_worth(left, validates=validates):
            return
        if level(self._levels, coding, len(entry.plain)) is None:
            return
        self._waiting.note(Wish(key, coding, padding), entry.hits)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def close(self) -> None:
        """Give up what is not done."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        while self._waiting:
            if is_time(self._pressure.level):
                took = await self._refine(self._waiting.take())
                await self._rest(REST * took)
            else:
                await self._rest(LATER)

    async def _refine(self, wish: Wish) -> Seconds:
        """Return how much of a processor's time it took."""
        key, coding, padding = wish
        entry = self._store.get(key)
        if not isinstance(entry, Stored) or coding not in entry.codings:
            return 0.0
        content, before = entry.plain, entry.codings[coding]
        at = level(self._levels, coding, len(content))
        if at is None:
            return 0.0
        better, took = await in_idle_thread(
            _timed, coding, at, content, randbelow(padding + 1)
        )
        current = self._store.get(key)
        if isinstance(current, Stored) and current.codings.get(coding) is before:
            if len(better) < len(before):
                self._lightness.refined(coding, len(before), len(better))
            else:
                better = before  # nothing better is to be found
            refine(current, coding, better)
            current.shared = -1
            self._store.put(key, current)
        return took


def _plain(entry: Stored, content: bytes) -> bytes | None:
    """The coding that made it, unless that is as good as can be."""
    for form, kept in [*entry.codings.items()]:  # threads add to them
        if kept is content:
            return None if is_refined(form) or form == IDENTITY else form
    return None


def _timed(
    coding: bytes, at: int, content: bytes, padding: Bytes
) -> tuple[bytes, Seconds]:
    began = thread_time()
    return compress(coding, at, content, padding), thread_time() - began
