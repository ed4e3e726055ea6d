"""Play: users, purges and one world; every answer is held against what is allowed."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

import uvloop

from tests.model.allowed import Held, Origin, Purge, check
from tests.model.clients import Answer, Asked, Clients
from tests.model.requests import request
from tests.model.world import World

CONNECTIONS = 16


class Play:
    """Goes on from one machine to the next. `counts`: of answers, by what they say."""

    def __init__(self, world: World, burst: int) -> None:
        self.world = world
        self.counts: Counter[str] = Counter()
        self.space = b""
        self._burst = burst
        self._spaces = 0
        self._loop = uvloop.new_event_loop()
        self._held: list[list[Held]] = [[] for _ in world.sidecars]
        self._clients = [
            Clients(one.port, CONNECTIONS, partial(self._check, number))
            for number, one in enumerate(world.sidecars)
        ]
        self._behind: list[tuple[int, Purge]] = []
        """Purges that are in effect where they were asked for, and not yet elsewhere."""
        self.wrong: BaseException | None = None
        """What was met first; it may never come again."""
        self.may_lose = False

    def __str__(self) -> str:
        counts = ", ".join(f"{n} {name}" for name, n in self.counts.most_common())
        return f"{counts}; {self.world.backend.asked} reached the backend"

    def begin(self) -> None:
        """Begin with URLs that nobody asked for."""
        self._spaces += 1
        self.space = b"s%d" % self._spaces
        self.may_lose = False
        for held in self._held:
            held.clear()

    def end(self) -> None:
        self.world.heal()
        self.catch_up()

    def close(self) -> None:
        for one in self._clients:
            one.close()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    def ask(self, seed: int, meanwhile: Callable[[], object] | None = None) -> None:
        """Very many requests of all users; `meanwhile` is done beside them."""
        chance = random.Random(seed)
        requests = [request(self.space, chance) for _ in range(self._burst)]
        number = chance.randrange(len(self._clients))
        self._run(self._all(self._clients[number].ask(requests), meanwhile))
        self.counts["requests"] += len(requests)

    def change(self, number: int, asked: Asked) -> None:
        """An unsafe request, which invalidates what is at its URL."""
        began, before = time.monotonic(), self.counts["204"]
        self._run(self._clients[number].ask([asked]))
        if self.counts["204"] > before:
            said = f"POST at {number}"
            self._note(number, lambda one: one.path == asked.path, began, said=said)
            self.counts["invalidations"] += 1

    def purge(
        self,
        number: int,
        names: Callable[[Asked], bool],
        *,
        soft: bool,
        **what: Any,
    ) -> None:
        began = time.monotonic()
        self.world.purge(number, soft=soft, **what)
        self._note(number, names, began, soft=soft, said=f"{what} at {number}")
        self.counts["purges"] += 1

    def catch_up(self) -> None:
        """Let purges be in effect everywhere, if the world is such that they can."""
        if not self.world.redis_works:
            return
        for number in {number for number, _ in self._behind}:
            self.world.spread(number)
        now = time.monotonic()
        for _, purge in self._behind:
            for held in self._held:
                held.append((now, replace(purge, told=True)))
        self._behind.clear()

    def forget(self) -> None:
        """Let nothing be known of purges that somebody had still to tell others."""
        self._behind.clear()

    def _note(
        self,
        number: int,
        names: Callable[[Asked], bool],
        began: float,
        *,
        soft: bool = False,
        said: str,
    ) -> None:
        alone = len(self._held) == 1
        purge = Purge(names, began, soft, f"{said}, {soft=}", told=alone)
        self._held[number].append((time.monotonic(), purge))
        self._behind.append((number, purge))

    async def _all(
        self, asking: Coroutine[Any, Any, None], meanwhile: Callable[[], object] | None
    ) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asking)
            if meanwhile is not None:
                group.create_task(asyncio.to_thread(meanwhile))

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            self._loop.run_until_complete(work)
        except BaseException as failure:
            self.wrong = self.wrong or failure
            raise
        lost = sum(one.lost for one in self._clients)
        for one in self._clients:
            one.lost = 0
        self.counts["lost"] += lost
        if lost and not self.may_lose and self.wrong is None:
            self.wrong = AssertionError(f"{lost} requests were not answered")
        if self.wrong is not None:
            raise self.wrong

    def _check(self, number: int, asked: Asked, answer: Answer) -> None:
        self.counts[str(answer.status)] += 1
        said = answer.fields.get(b"cache-status", b"")
        for word in (b"hit", b"fwd=stale", b"collapsed", b"stale-if-error", b"stored"):
            if word in said:
                self.counts[word.decode()] += 1
        try:
            check(
                asked,
                answer,
                self._held[number],
                Origin(self.world.backend.failed, cuts=self.may_lose),
            )
        except Exception as wrong:  # noqa: BLE001 (what calls this tells nobody)
            if self.wrong is None:
                self.wrong = AssertionError(f"sidecar {number}: {wrong!r}\n{answer}")
