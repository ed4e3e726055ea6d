"""Open loop: requests come by the clock, whatever becomes of those before.

A latency counts from the moment a request was due, also where no connection was free
to carry it: a service that stalls for a second delays a second's worth of requests,
and they all say so. (A closed loop would wait with it and see one slow request:
coordinated omission.) select(2), for its timeout counts microseconds.

The generator watches itself, too: how long after its time it looked at each request.
"""

import gc
import select
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sidecar.loadtest.histogram import Histogram
from sidecar.loadtest.lane import Failed, Lane, State
from sidecar.loadtest.tally import Tally
from sidecar.loadtest.target import Target
from sidecar.units import NEVER, Instant, Seconds

MOST_CONNECTIONS = 900
"""select(2) knows 1,024 files."""
_SOON: Seconds = 0.01
_LOOK: Seconds = 0.05


@dataclass(frozen=True, slots=True)
class Plan:
    """`rate` a second. `timeout`: from when a request was due."""

    rate: float
    connections: int = 64
    timeout: Seconds = 10.0
    repeatable: bool = True
    """A request that a kept connection did not take may be sent on another."""


@dataclass(slots=True)
class Watch:
    """What the generator knows of itself."""

    lateness: Histogram = field(default_factory=Histogram)
    cpu: Seconds = 0.0
    wall: Seconds = 0.0


class OpenLoop:
    """Asks one target; its connections are kept from slice to slice."""

    def __init__(
        self,
        target: Target,
        plan: Plan,
        watch: Watch,
        progress: Callable[[Tally], None] = lambda _: None,
    ) -> None:
        self.tally = Tally(target.name)
        self._plan = plan
        self._watch = watch
        self._progress = progress
        self._idle = [Lane(target) for _ in range(plan.connections)]
        """Free or closed; those used last are used next."""
        self._busy: set[Lane] = set()
        self._due: deque[Instant] = deque()

    def run(self, duration: Seconds) -> None:
        """Ask for so long, and wait for the last answers."""
        self._connect()
        rate = self._plan.rate
        total = max(1, round(rate * duration))
        watch, used = self._watch, time.process_time()
        begun, arrived, looked = time.perf_counter() + _SOON, 0, 0.0
        with _undisturbed():
            while arrived < total or self._due or self._busy:
                now = time.perf_counter()
                while arrived < total and begun + arrived / rate <= now:
                    self._due.append(Instant(begun + arrived / rate))
                    watch.lateness.add(now - self._due[-1])
                    arrived += 1
                self._send()
                soon = _LOOK
                if arrived < total:
                    soon = begun + arrived / rate - time.perf_counter()
                self._wait(min(max(soon, 0.0), _LOOK))
                if now - looked >= _LOOK:
                    looked = now
                    self._give_up(Instant(now))
                    self._progress(self.tally)
        self.tally.asked += total
        self.tally.time += total / rate
        watch.cpu += time.process_time() - used
        watch.wall += time.perf_counter() - begun

    def close(self) -> None:
        for lane in (*self._idle, *self._busy):
            lane.close()

    def _connect(self) -> None:
        """Connect before the clock starts, as far as that goes."""
        by = Instant(time.perf_counter() + self._plan.timeout)
        for lane in [one for one in self._idle if one.state is State.CLOSED]:
            self._idle.remove(lane)
            self._busy.add(lane)
            self._try(lane, lambda one: one.open(by))
        while self._busy:
            self._wait(_LOOK)
            self._give_up(Instant(time.perf_counter()))

    def _send(self) -> None:
        timeout = self._plan.timeout
        while self._due and self._idle:
            due, lane = self._due.popleft(), self._idle.pop()
            self._busy.add(lane)
            until = Instant(due + timeout)
            self._try(lane, lambda one: one.send(due, until))  # noqa: B023 - at once

    def _wait(self, seconds: Seconds) -> None:
        writing = [lane for lane in self._busy if lane.writes]
        readable, writable, _ = select.select(self._busy, writing, (), seconds)
        for lane in writable:
            self._try(lane, Lane.writable)
        for lane in readable:
            if lane.state is State.BUSY:
                self._try(lane, self._read)

    def _read(self, lane: Lane) -> None:
        due = lane.due
        if lane.readable():
            self.tally.answer(lane.status, time.perf_counter() - due)
            lane.due = NEVER
            self._release(lane)

    def _try(self, lane: Lane, step: Callable[[Lane], None]) -> None:
        try:
            step(lane)
        except Failed as failure:
            due, stale = lane.due, lane.is_stale
            lane.close()
            self._release(lane)
            if due is NEVER:
                return  # what is wrong will show when there is something to ask
            if stale and self._plan.repeatable:
                self._due.appendleft(due)
            else:
                self.tally.failure(str(failure))
        else:
            if lane.state is State.FREE and lane in self._busy:
                self._release(lane)

    def _release(self, lane: Lane) -> None:
        self._busy.discard(lane)
        self._idle.append(lane)

    def _give_up(self, now: Instant) -> None:
        """What takes too long is over, whether it was sent or not."""
        for lane in [one for one in self._busy if one.until <= now]:
            if lane.due is not NEVER:
                self.tally.late(now - lane.due)
            lane.close()
            self._release(lane)
        while self._due and self._due[0] + self._plan.timeout <= now:
            self.tally.late(now - self._due.popleft())


@contextmanager
def _undisturbed() -> Iterator[None]:
    """No collection of garbage meanwhile: there is none in circles."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
