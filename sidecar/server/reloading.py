"""Reloading: one reload over all workers, in two phases, one at a time.

    idle ─▶ read the file ─▶ preparing ─▶ all could ─▶ committing ─▶ all did ─▶ idle
                 │ mistakes      └─▶ one could not ─▶ discard ────────────────▶ idle
                 └────────────────────────────────────────────────────────────▶ idle

Who asks while one goes on is answered by the next, however many ask. A worker
that ends meanwhile is no longer waited for: its successor begins with what is in
effect then. One that became ready meanwhile catches up. What is heard is noted,
and `step` goes on with it.
"""

import pickle
import time
from collections.abc import Callable
from enum import Enum, auto

from sidecar.config.load import Loaded
from sidecar.server.children import Child, Children
from sidecar.server.messages import (
    Commit,
    Committed,
    Discard,
    Prepare,
    Prepared,
    Reloaded,
)
from sidecar.server.reloads import Outcome, Proposal, Read, Reloads, proposal
from sidecar.units import Instant, Seconds, Timestamp

# The longest that workers may take for one phase.
PATIENCE: Seconds = 30.0


class _Phase(Enum):
    IDLE = auto()
    PREPARING = auto()
    COMMITTING = auto()


class Reloading:
    def __init__(
        self,
        loaded: Loaded,
        read: Read,
        children: Children,
        finished: Callable[[Reloaded], None],
    ) -> None:
        self.loaded = loaded
        self.generation = 1
        self.reloads = Reloads(Timestamp(time.time()))
        self._read = read
        self._children = children
        self._finished = finished
        self._wanted = False
        self._askers: list[int] = []
        self._answering: tuple[int, ...] = ()
        self._phase = _Phase.IDLE
        self._proposal: Proposal
        self._fault = ""
        self._asked: dict[str, int] = {}
        """Numbers of what workers are to prepare in this reload, by name."""
        self._waiting: dict[str, int] = {}
        """Those that are not answered yet."""
        self._late: dict[str, int] = {}
        """Those of workers that catch up."""
        self._attempt = 0
        self._due = Instant(0.0)
        self._began = 0.0

    def want(self, asker: int | None = None) -> None:
        """Ask for a reload; `asker` is told of its end."""
        self._wanted = True
        if asker is not None:
            self._askers.append(asker)

    def step(self, now: Instant) -> None:
        """Go on as far as it goes."""
        if self._phase is _Phase.IDLE and self._wanted:
            self._begin(now)
        if self._phase is _Phase.PREPARING:
            if self._waiting and now >= self._due:
                self._fault = "a worker did not answer in time"
            if self._fault:
                self._discard()
            elif not self._waiting:
                self._commit(now)
        # Who does not answer now is silent for other reasons, and replaced for them.
        if self._phase is _Phase.COMMITTING and (not self._waiting or now >= self._due):
            self._finish(self._proposal.success, self.loaded)

    def ready(self, child: Child) -> None:
        """A new worker serves; see to it that it serves by what is in effect."""
        if child.generation < self.generation:
            self._prepare(child, self._late, _pickled(self.loaded))

    def told(self, child: Child, said: Prepared | Committed) -> None:
        """What a worker says of what it was asked."""
        fault = said.fault if isinstance(said, Prepared) else ""
        if said.attempt == self._waiting.get(child.name):
            del self._waiting[child.name]
            self._fault = self._fault or fault
        elif said.attempt == self._late.get(child.name):
            del self._late[child.name]
            if fault:
                child.kill()  # its successor begins anew
            else:
                child.link.send(Commit(said.attempt))
                child.generation = self.generation

    def gone(self, child: Child) -> None:
        self._waiting.pop(child.name, None)
        self._late.pop(child.name, None)

    def _begin(self, now: Instant) -> None:
        self._wanted = False
        self._began = time.monotonic()
        self._answering, self._askers = tuple(self._askers), []
        found = proposal(self._read, self.loaded, self.generation)
        if isinstance(found, Outcome):
            self._finish(found, None)
            return
        self._phase = _Phase.PREPARING
        self._proposal, self._fault = found, ""
        self._due = Instant(now + PATIENCE)
        content = _pickled(found.loaded)
        for child in self._children.serving:
            self._prepare(child, self._waiting, content)
        self._asked = dict(self._waiting)

    def _prepare(self, child: Child, those: dict[str, int], content: bytes) -> None:
        self._attempt += 1
        those[child.name] = self._attempt
        child.link.send(Prepare(self._attempt, content))

    def _commit(self, now: Instant) -> None:
        """Put it in effect; who is forked from now on begins with it."""
        self._phase = _Phase.COMMITTING
        self._due = Instant(now + PATIENCE)
        self.loaded = self._proposal.loaded
        self.generation = self._proposal.generation
        for child in self._children.serving:
            attempt = self._asked.get(child.name)
            if attempt is None:
                self.ready(child)
            else:
                self._waiting[child.name] = attempt
                child.link.send(Commit(attempt))
                child.generation = self.generation

    def _discard(self) -> None:
        for child in self._children.serving:
            if child.name in self._asked:
                child.link.send(Discard(self._asked[child.name]))
        self._finish(self._proposal.failure(self._fault), None)

    def _finish(self, outcome: Outcome, loaded: Loaded | None) -> None:
        self._phase = _Phase.IDLE
        self._waiting.clear()
        took = time.monotonic() - self._began
        self.reloads = self.reloads.then(outcome, Timestamp(time.time()), took)
        answering, self._answering = self._answering, ()
        self._finished(Reloaded(self.reloads, outcome, loaded, answering))


def _pickled(loaded: Loaded) -> bytes:
    return pickle.dumps(loaded, pickle.HIGHEST_PROTOCOL)
