"""Places: how many requests are at an upstream at once, and who waits for a place.

The shell of `policy.concurrency` and `policy.queueing`: it keeps the time, and tells
those who wait. `take` is the fast case and never waits; `wait` is for a coroutine. A
place is given back with `release`, exactly once, whatever became of its request.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from sidecar.policy.concurrency import Limit
from sidecar.policy.deadlines import Deadlines
from sidecar.policy.pressure import GivenUp, Level, Pressure
from sidecar.policy.queueing import Priority, Queue, Settings, Shed
from sidecar.policy.refused import Overloaded
from sidecar.units import NEVER, Instant, Seconds

# A free place is found within milliseconds, if at all: what nobody said otherwise.
SOON: Seconds = 1.0


class Taken(Enum):
    """Whether there was a place."""

    YES = auto()
    NOT = auto()
    OBSERVED = auto()
    """There was none, and nobody is refused for that yet."""


_YES = Taken.YES


class Turn:
    """Somebody who waits. Its end is a place, or the reason why there is none."""

    __slots__ = ("_places", "due", "ended", "joined", "priority")

    def __init__(self, places: "Places", due: Instant, priority: Priority) -> None:
        self._places = places
        self.due = due
        self.priority = priority
        self.joined = NEVER
        self.ended: asyncio.Future[Shed | None]
        self.ended = asyncio.get_running_loop().create_future()

    def expire(self, now: Instant) -> None:  # noqa: ARG002
        self.due = NEVER
        self._places.gone(self, Shed.TIMEOUT)


@dataclass(frozen=True, slots=True)
class Rules:
    """`queue` None: nobody waits. `enforced` False: all pass, and it is counted."""

    queue: Settings | None = None
    enforced: bool = True


class Places:
    __slots__ = (
        "_clock",
        "_deadlines",
        "_enforced",
        "_limit",
        "_pressure",
        "_queue",
        "_timer",
        "in_flight",
        "learns",
    )

    def __init__(
        self,
        limit: Limit,
        rules: Rules,
        *,
        pressure: Pressure,
        deadlines: Deadlines,
        clock: Callable[[], Instant],
    ) -> None:
        self.in_flight = 0
        self.learns = limit.learns
        self._limit = limit
        self._pressure = pressure
        self._deadlines = deadlines
        self._clock = clock
        self._enforced = rules.enforced
        self._queue: Queue[Turn] | None = None
        if rules.queue is not None and rules.enforced:
            self._queue = Queue(rules.queue)
            self._queue.kept = max(1, limit.limit // 2)
        self._timer: asyncio.TimerHandle | None = None

    @property
    def waiting(self) -> int:
        return 0 if self._queue is None else self._queue.count

    @property
    def limit(self) -> int:
        """How many may be there at once, now."""
        return self._pressure.of(self._limit.limit)

    @property
    def is_free(self) -> bool:
        """Whether `take` finds a place, or lets pass without one."""
        limit, queue = self._limit.limit, self._queue
        if self._pressure.factor < 1.0:
            limit = self._pressure.of(limit)
        if self.in_flight < limit and (queue is None or not queue.count):
            return True
        return not self._enforced

    def take(self) -> Taken:
        """Take a place if one is free and nobody waits for it."""
        limit, queue = self._limit.limit, self._queue
        if self._pressure.factor < 1.0:
            limit = self._pressure.of(limit)
        if self.in_flight < limit and (queue is None or not queue.count):
            self.in_flight += 1
            return _YES
        if self._enforced:
            return Taken.NOT
        self.in_flight += 1
        return Taken.OBSERVED

    def refusal(self, due: Instant, priority: Priority) -> Overloaded | None:
        """Why there is no waiting for a place now, if that is known."""
        queue = self._queue
        if queue is None or self._pressure.level >= Level.QUEUES:
            return self._shut()
        shed = queue.refusal(priority, due, self._clock())
        return None if shed is None else self._refusal(shed)

    async def wait(self, due: Instant, priority: Priority) -> None:
        """Wait for a place, and take it.

        Raises:
            Overloaded: there is none, and there will be none in time.
        """
        queue = self._queue
        if queue is None or self._pressure.level >= Level.QUEUES:
            raise self._shut()
        turn = Turn(self, due, priority)
        if (shed := queue.join(turn, self._clock())) is not None:
            raise self._refusal(shed)
        if (other := queue.surplus()) is not None:
            self._end(other, Shed.FULL)
        self._deadlines.watch(turn)
        self._look_later()
        try:
            ended = await turn.ended
        except BaseException:
            self._withdraw(turn)
            raise
        finally:
            self._deadlines.forget(turn)
        if ended is not None:
            raise self._refusal(ended)

    def release(self) -> None:
        """Give a place back; who waits gets it."""
        self.in_flight -= 1
        queue = self._queue
        if queue is None or queue.idle_since is not None:
            return
        queue.kept = max(1, self._limit.limit // 2)
        now = self._clock()
        while self.in_flight < self.limit:
            turn = queue.next(now)
            if turn is None:
                return
            if not turn.ended.done():
                self.in_flight += 1
                turn.ended.set_result(None)

    def sample(self, took: Seconds) -> None:
        """Learn from a good answer, before its place is given back."""
        self._limit.sample(took, self.in_flight)

    def gone(self, turn: Turn, shed: Shed) -> None:
        """Send one away who waits."""
        if self._queue is not None and self._queue.leave(turn):
            self._end(turn, shed)

    def _shut(self) -> Overloaded:
        """Nobody may wait, whoever it is."""
        if self._queue is None:
            return self._refusal(Shed.FULL)
        self._pressure.gave_up(GivenUp.QUEUE)
        return self._refusal(Shed.PRESSURE)

    def _refusal(self, shed: Shed) -> Overloaded:
        queue = self._queue
        wait = SOON if queue is None else queue.retry_after()
        return Overloaded(shed.value, retry_after=wait)

    def _withdraw(self, turn: Turn) -> None:
        """Whoever waited is gone; a place that it was given goes to the next."""
        if self._queue is None or self._queue.leave(turn):
            return
        ended = turn.ended
        if ended.done() and not ended.cancelled() and ended.result() is None:
            self.release()

    def _end(self, turn: Turn, shed: Shed) -> None:
        if not turn.ended.done():
            turn.ended.set_result(shed)

    def _look_later(self) -> None:
        """One timer for all that wait: when the first of them waits in vain."""
        if self._queue is None or self._timer is not None:
            return
        when = self._queue.look_again()
        if when is not None:
            delay = max(0.0, when - self._clock())
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(delay, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._queue is None:
            return
        for turn in self._queue.in_vain(self._clock()):
            self._end(turn, Shed.OVERLOAD)
        self._look_later()
